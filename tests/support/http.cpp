// Asks the server to close, reads to the end, and checks the length against Content-Length.
#include "support/http.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

namespace gantry::test {
namespace {

class Connection {
public:
    Connection(int port, std::chrono::seconds limit)
        : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(static_cast<std::uint16_t>(port));
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const timeval wait{limit.count(), 0};
        setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
        setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
        connected_ = connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
    }
    ~Connection() { close(fd_); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    bool write(const std::string& bytes) const {
        for (std::size_t at = 0; connected_ && at < bytes.size();) {
            const auto n = ::send(fd_, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
            if (n <= 0) return false;
            at += static_cast<std::size_t>(n);
        }
        return connected_;
    }

    std::string read_all() const {
        std::string all;
        std::array<char, 16384> bytes{};
        for (ssize_t n = 0; (n = recv(fd_, bytes.data(), bytes.size(), 0)) > 0;) {
            all.append(bytes.data(), static_cast<std::size_t>(n));
        }
        return all;
    }

private:
    int fd_;
    bool connected_ = false;
};

// The content of a chunked body; nothing where its end is missing.
std::optional<std::string> unchunked(const std::string& text) {
    std::string out;
    for (std::size_t at = 0;;) {
        const auto line_end = text.find("\r\n", at);
        if (line_end == std::string::npos) return std::nullopt;
        const auto size = std::stoul(text.substr(at, line_end - at), nullptr, 16);
        if (size == 0) return out;
        if (line_end + 2 + size > text.size()) return std::nullopt;
        out += text.substr(line_end + 2, size);
        at = line_end + 2 + size + 2;
    }
}

HttpResponse parse_answer(const std::string& text, bool has_body) {
    const auto end = text.find("\r\n\r\n");
    if (end == std::string::npos) return {};
    HttpResponse response;
    response.status = std::stoi(text.substr(text.find(' ')));
    for (auto at = text.find("\r\n") + 2; at < end;) {
        const auto line_end = text.find("\r\n", at);
        const auto colon = text.find(": ", at);
        auto name = text.substr(at, colon - at);
        std::transform(name.begin(), name.end(), name.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        response.headers[name] = text.substr(colon + 2, line_end - colon - 2);
        at = line_end + 2;
    }
    response.body = text.substr(end + 4);
    if (response.headers["transfer-encoding"] == "chunked") {
        const auto body = unchunked(response.body);
        if (!body) return {};
        response.body = *body;
        return response;
    }
    const bool without_length = response.status == 204 || response.status == 304;
    if (has_body && !without_length &&
        std::to_string(response.body.size()) != response.headers["content-length"]) {
        return {};
    }
    return response;
}

}  // namespace

HttpResponse send_http(int port, const HttpRequest& request, std::chrono::seconds limit) {
    const Connection connection(port, limit);
    std::string head = request.method + " " + request.target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n";
    bool has_type = false;
    for (const auto& [name, value] : request.headers) {
        head += name + ": " + value + "\r\n";
        has_type = has_type || name == "Content-Type";
    }
    if (!has_type && !request.body.empty()) head += "Content-Type: application/json\r\n";
    head += "Content-Length: " + std::to_string(request.body.size()) + "\r\nConnection: close\r\n";
    if (!connection.write(head + "\r\n" + request.body)) return {};
    return parse_answer(connection.read_all(), request.method != "HEAD");
}

}  // namespace gantry::test
