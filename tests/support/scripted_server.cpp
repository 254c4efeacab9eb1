// A thread for each connection, one request after another; ended by shutting its socket down.
#include "support/scripted_server.hpp"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <memory>
#include <optional>
#include <stdexcept>

namespace gantry::test {
namespace {

constexpr std::chrono::seconds kPatience{60};

// A socket, or TLS over it.
class Channel {
public:
    Channel(int fd, SSL_CTX* tls) : fd_(fd), ssl_(tls == nullptr ? nullptr : SSL_new(tls)) {
        if (!ssl_) return;
        SSL_set_fd(ssl_.get(), fd);
        good_ = SSL_accept(ssl_.get()) == 1;
    }

    bool good() const { return good_; }

    /// More of what the other side says; false at the end.
    bool read(std::string& into) {
        std::array<char, 16384> bytes{};
        const int n = ssl_ ? SSL_read(ssl_.get(), bytes.data(), bytes.size())
                           : static_cast<int>(recv(fd_, bytes.data(), bytes.size(), 0));
        if (n <= 0) return false;
        into.append(bytes.data(), static_cast<std::size_t>(n));
        return true;
    }

    void write(const std::string& bytes) {
        for (std::size_t at = 0; at < bytes.size();) {
            const auto left = std::min<std::size_t>(bytes.size() - at, 1 << 20);
            const int n = ssl_ ? SSL_write(ssl_.get(), bytes.data() + at, static_cast<int>(left))
                               : static_cast<int>(send(fd_, bytes.data() + at, left, MSG_NOSIGNAL));
            if (n <= 0) return;
            at += static_cast<std::size_t>(n);
        }
    }

private:
    struct Freed {
        void operator()(SSL* ssl) const { SSL_free(ssl); }
    };
    const int fd_;
    std::unique_ptr<SSL, Freed> ssl_;
    bool good_ = true;
};

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

// The next request; what came of the one after it stays in `bytes`.
std::optional<ServedRequest> next_request(Channel& channel, std::string& bytes) {
    while (bytes.find("\r\n\r\n") == std::string::npos) {
        if (!channel.read(bytes)) return std::nullopt;
    }
    const auto head = bytes.find("\r\n\r\n");
    ServedRequest request;
    const auto space = bytes.find(' ');
    request.method = bytes.substr(0, space);
    request.target = bytes.substr(space + 1, bytes.find(' ', space + 1) - space - 1);
    for (auto at = bytes.find("\r\n") + 2; at < head;) {
        const auto end = bytes.find("\r\n", at);
        const auto line = bytes.substr(at, end - at);
        const auto colon = line.find(':');
        const auto value = line.find_first_not_of(' ', colon + 1);
        request.headers[lower(line.substr(0, colon))] =
            value == std::string::npos ? "" : line.substr(value);
        at = end + 2;
    }
    const auto length = request.header("content-length");
    const auto end = head + 4 + (length.empty() ? 0 : std::stoul(length));
    while (bytes.size() < end) {
        if (!channel.read(bytes)) return std::nullopt;
    }
    request.body = bytes.substr(head + 4, end - head - 4);
    bytes.erase(0, end);
    return request;
}

}  // namespace

Reaction answer(int status, const std::string& body, const std::string& headers) {
    return {"HTTP/1.1 " + std::to_string(status) + " Whatever\r\n" + headers +
            "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body};
}

ScriptedServer::ScriptedServer(Script script, SSL_CTX* tls)
    : script_(std::move(script)), tls_(tls) {
    std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    auto* const address = reinterpret_cast<sockaddr*>(&at);
    if (bind(listener_, address, size) != 0 || listen(listener_, 64) != 0 ||
        getsockname(listener_, address, &size) != 0) {
        throw std::runtime_error("no port to listen on");
    }
    port_ = ntohs(at.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
}

ScriptedServer::~ScriptedServer() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        for (const int fd : open_) shutdown(fd, SHUT_RDWR);
    }
    shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    for (auto& connection : connections_) connection.join();
    close(listener_);
}

std::string ScriptedServer::url(const std::string& path) const {
    return std::string(tls_ == nullptr ? "http" : "https") +
           "://127.0.0.1:" + std::to_string(port_) + path;
}

std::vector<ServedRequest> ScriptedServer::requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
}

bool ScriptedServer::wait_for_requests(std::size_t count) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return requests_.size() >= count; });
}

bool ScriptedServer::wait_for_ended(std::size_t count) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return ended_ >= count; });
}

void ScriptedServer::accept_all() {
    for (int number = 1;; ++number) {
        const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (fd < 0) return;
        const std::lock_guard lock(mutex_);
        open_.push_back(fd);
        if (stopping_) shutdown(fd, SHUT_RDWR);
        connections_.emplace_back([this, fd, number] { serve(fd, number); });
    }
}

void ScriptedServer::serve(int fd, int connection) {
    {
        Channel channel(fd, tls_);
        std::string bytes;
        auto then = Reaction::Then::kKeep;
        while (channel.good() && then == Reaction::Then::kKeep) {
            auto request = next_request(channel, bytes);
            if (!request) break;
            request->connection = connection;
            int number = 0;
            {
                const std::lock_guard lock(mutex_);
                requests_.push_back(*request);
                number = static_cast<int>(requests_.size());
                changed_.notify_all();
            }
            const auto reaction = script_(*request, number);
            channel.write(reaction.bytes);
            then = reaction.then;
        }
        if (then == Reaction::Then::kStall) {
            while (channel.read(bytes)) {
            }
        }
        if (then == Reaction::Then::kReset) {
            const linger at_once{1, 0};
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        }
    }
    const std::lock_guard lock(mutex_);
    std::erase(open_, fd);
    close(fd);
    ++ended_;
    changed_.notify_all();
}

}  // namespace gantry::test
