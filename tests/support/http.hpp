// A small blocking HTTP/1.1 client: one request, one connection.
#pragma once

#include <gantry/json.hpp>

#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace gantry::test {

struct HttpResponse {
    int status = 0;                              // 0: no whole answer came
    std::map<std::string, std::string> headers;  // names in lower case
    std::string body;

    /// Throws when the body is no JSON.
    json parsed() const { return json::parse(body); }
};

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
    std::string method;
    std::string target;
    std::string body{};
    HttpHeaders headers{};
};

/// To 127.0.0.1; a body is JSON where the headers do not say otherwise. Each read and write has
/// `limit`. [any]
HttpResponse send_http(int port, const HttpRequest& request,
                       std::chrono::seconds limit = std::chrono::seconds(90));

}  // namespace gantry::test
