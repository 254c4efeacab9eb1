// A small blocking HTTP/1.1 client that can also send what no sane client would.
#pragma once

#include <gantry/json.hpp>

#include <map>
#include <string>
#include <vector>

namespace gantry::host {

struct Response {
    int status = 0;                              // 0: the connection ended first
    std::map<std::string, std::string> headers;  // names in lower case
    std::string body;

    json parsed() const { return json::parse(body); }
};

using Headers = std::vector<std::pair<std::string, std::string>>;

/// One connection to 127.0.0.1.
class Client {
public:
    explicit Client(int port);
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    /// As JSON to localhost where the headers do not say otherwise.
    Response send(const std::string& method, const std::string& target,
                  const std::string& body = {}, const Headers& headers = {});

    /// Bytes as they are; false when the other side has closed.
    bool write(const std::string& bytes);
    Response read(bool has_body = true);
    /// Whether the other side closes without a further byte.
    bool is_closed();

private:
    bool fill();

    int fd_;
    std::string buffer_;
};

}  // namespace gantry::host
