// A connection is begun and dropped.
#include "base/tcp_reach.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <system_error>

namespace gantry::host {
namespace {

constexpr int kPatienceMs = 3000;

int error_of_connect(const addrinfo& to) {
    const int fd = ::socket(to.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return errno;
    int error = ::connect(fd, to.ai_addr, to.ai_addrlen) == 0 ? 0 : errno;
    if (error == EINPROGRESS) {
        pollfd end{fd, POLLOUT, 0};
        socklen_t size = sizeof error;
        error = ETIMEDOUT;
        if (::poll(&end, 1, kPatienceMs) > 0) ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    }
    ::close(fd);
    return error;
}

}  // namespace

std::string why_not_reached(const std::string& host, int port) {
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    const int wrong = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &list);
    if (wrong != 0) return ::gai_strerror(wrong);
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> all(list, &::freeaddrinfo);
    int error = EADDRNOTAVAIL;
    for (const auto* to = list; to != nullptr; to = to->ai_next) {
        error = error_of_connect(*to);
        if (error == 0) return {};
    }
    return std::generic_category().message(error);
}

}  // namespace gantry::host
