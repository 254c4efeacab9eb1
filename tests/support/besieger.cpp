// One thread over all sockets, which do not block: each is looked at ten times a second.
#include "support/besieger.hpp"

#include <arpa/inet.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <stdexcept>

namespace gantry::test {
namespace {

constexpr auto kRound = std::chrono::milliseconds(100);
constexpr std::size_t kSpareFiles = 200;
constexpr int kLeastUrgent = 19;

enum Kind : std::size_t { kSilent, kSlow, kLeaves, kComesAndGoes, kKinds };

sockaddr_in address_of(const char* text, int port) {
    sockaddr_in out{};
    out.sin_family = AF_INET;
    out.sin_port = htons(static_cast<std::uint16_t>(port));
    inet_pton(AF_INET, text, &out.sin_addr);
    return out;
}

void say(int fd, const std::string& text) {
    [[maybe_unused]] const auto sent = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
}

}  // namespace

struct Besieger::One {
    int fd = -1;
    std::size_t kind = kSilent;
    int age = 0;  // rounds since it was opened
};

Besieger::Besieger(int port, std::size_t connections, std::string waiting)
    : port_(port), waiting_(std::move(waiting)) {
    rlimit files{};
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    if (files.rlim_cur < connections + kSpareFiles) throw std::runtime_error("too few files");
    thread_ = std::thread([this, connections] { besiege(connections); });
}

Besieger::~Besieger() {
    ends_ = true;
    thread_.join();
}

void Besieger::besiege(std::size_t connections) {
    // It stands for another machine: the host's processors are not for it.
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kLeastUrgent);
    std::vector<One> all(connections);
    while (!ends_) {
        const auto next = std::chrono::steady_clock::now() + kRound;
        for (std::size_t i = 0; i < all.size() && !ends_; ++i) {
            if (all[i].fd < 0) {
                open(all[i], i % kKinds);
            } else {
                go_on(all[i]);
            }
        }
        std::this_thread::sleep_until(next);
    }
    for (const auto& one : all) {
        if (one.fd >= 0) ::close(one.fd);
    }
}

void Besieger::open(One& one, std::size_t kind) {
    one = {::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), kind, 0};
    const auto from = address_of("127.0.0.2", 0);
    const auto to = address_of("127.0.0.1", port_);
    const bool bound = ::bind(one.fd, reinterpret_cast<const sockaddr*>(&from), sizeof from) == 0;
    const bool comes =
        bound && (::connect(one.fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0 ||
                  errno == EINPROGRESS);
    if (comes) {
        ++opened_;
        return;
    }
    ::close(one.fd);
    one.fd = -1;
}

void Besieger::go_on(One& one) {
    ++one.age;
    std::array<char, 4096> heard{};
    const auto length = ::recv(one.fd, heard.data(), heard.size(), 0);
    const bool is_closed = length == 0 || (length < 0 && errno != EAGAIN && errno != ENOTCONN);
    const std::string head = "POST " + waiting_ + " HTTP/1.1\r\nHost: localhost\r\n";
    const std::string json = "Content-Type: application/json\r\n";
    bool leaves = false;
    if (is_closed) {
        ++turned_away_;
        leaves = true;
    } else if (one.kind == kSlow) {
        say(one.fd, one.age == 1 ? head + json + "Content-Length: 1000000\r\n\r\n{" : " ");
    } else if (one.kind == kLeaves) {
        if (one.age == 1) {
            say(one.fd, head + json +
                            "Idempotency-Key: besieged\r\nPrefer: wait=60\r\n"
                            "Content-Length: 2\r\n\r\n{}");
        }
        leaves = one.age == 10;
    } else if (one.kind == kComesAndGoes) {
        if (one.age == 1) say(one.fd, "GET /runs/nobody HTTP/1.1\r\nHost: localhost\r\n\r\n");
        leaves = one.age == 5;
    }
    if (!leaves) return;
    ::close(one.fd);
    one.fd = -1;
}

}  // namespace gantry::test
