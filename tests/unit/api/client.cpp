// Reads up to the blank line, then as many bytes as Content-Length says.
#include "client.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <stdexcept>

namespace gantry::host {

Client::Client(int port) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(port));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval limit{30, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
        close(fd_);
        throw std::runtime_error("cannot connect");
    }
}

Client::~Client() { close(fd_); }

Response Client::send(const std::string& method, const std::string& target, const std::string& body,
                      const Headers& headers) {
    const auto has = [&](const char* field) {
        return std::any_of(headers.begin(), headers.end(),
                           [&](const auto& header) { return header.first == field; });
    };
    std::string request = method + " " + target + " HTTP/1.1\r\n";
    if (!has("Host")) request += "Host: localhost\r\n";
    for (const auto& [name, value] : headers) request += name + ": " + value + "\r\n";
    if (!body.empty()) {
        if (!has("Content-Type")) request += "Content-Type: application/json\r\n";
        request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    }
    if (!write(request + "\r\n" + body)) return {};
    return read(method != "HEAD");
}

bool Client::write(const std::string& bytes) {
    for (std::size_t at = 0; at < bytes.size();) {
        const auto n = ::send(fd_, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
        if (n <= 0) return false;
        at += static_cast<std::size_t>(n);
    }
    return true;
}

Response Client::read(bool has_body) {
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
        if (!fill()) return {};
    }
    Response response;
    response.status = std::stoi(buffer_.substr(buffer_.find(' ')));
    for (auto at = buffer_.find("\r\n") + 2; at < end;) {
        const auto line_end = buffer_.find("\r\n", at);
        const auto colon = buffer_.find(": ", at);
        auto name = buffer_.substr(at, colon - at);
        std::transform(name.begin(), name.end(), name.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        response.headers[name] = buffer_.substr(colon + 2, line_end - colon - 2);
        at = line_end + 2;
    }
    buffer_.erase(0, end + 4);
    if (!has_body) return response;
    const auto length = std::stoul(response.headers.at("content-length"));
    while (buffer_.size() < length) {
        if (!fill()) return {};
    }
    response.body = buffer_.substr(0, length);
    buffer_.erase(0, length);
    return response;
}

bool Client::is_closed() { return buffer_.empty() && !fill(); }

bool Client::fill() {
    std::array<char, 4096> bytes{};
    const auto n = recv(fd_, bytes.data(), bytes.size(), 0);
    if (n <= 0) return false;
    buffer_.append(bytes.data(), static_cast<std::size_t>(n));
    return true;
}

}  // namespace gantry::host
