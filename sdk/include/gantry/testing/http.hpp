// The systems that the plugin reaches by the extension gantry.http/1, as the test scripts them.
#pragma once

#include <gantry/http.h>
#include <gantry/testing/script.hpp>

#include <algorithm>
#include <cctype>
#include <deque>
#include <map>
#include <mutex>
#include <optional>

namespace gantry::testing {

/// Header names are in lower case.
using Headers = std::map<std::string, std::string>;

inline std::string lower_case(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

/// As the other side gets it, with what the host adds.
struct HttpRequest {
    std::string method;
    std::string url;
    Headers headers;
    std::string body;

    /// Empty when it has none.
    std::string header(const std::string& name) const {
        const auto it = headers.find(lower_case(name));
        return it == headers.end() ? "" : it->second;
    }
    gantry::json json() const { return gantry::json::parse(body); }
};

struct HttpResponse {
    int status = 200;
    Headers headers{};
    std::string body{};
};

/// What is asked by one method at one URL. Turns follow each other, and the last one repeats.
class HttpRoute {
public:
    using Does = std::function<HttpResponse(const HttpRequest&)>;

    HttpRoute(std::string method, std::string url)
        : method_(std::move(method)), url_(std::move(url)) {}

    HttpRoute& answers(int status, const gantry::json& body, Headers headers = {}) {
        headers.emplace("content-type", "application/json");
        return answers_text(status, body.dump(), std::move(headers));
    }
    /// Not JSON: a proxy's page, garbage.
    HttpRoute& answers_text(int status, std::string body, Headers headers = {}) {
        Headers lower;
        for (auto& [name, value] : headers) lower[lower_case(name)] = value;
        return does([response = HttpResponse{status, std::move(lower), std::move(body)}](
                        const HttpRequest&) { return response; });
    }
    /// Without a body.
    HttpRoute& status(int status, Headers headers = {}) {
        return answers_text(status, "", std::move(headers));
    }
    /// A fake with a memory. It may throw Error, and move the host's clock.
    HttpRoute& does(Does function) { return add({std::move(function), Fate::kAnswered}); }

    /// `effect` happens; the plugin gets UNAVAILABLE, for a write MAYBE_APPLIED.
    HttpRoute& loses_reply(Does effect = {}) { return add({std::move(effect), Fate::kReplyLost}); }
    /// The clock moves to the request's deadline; the plugin gets DEADLINE.
    HttpRoute& stalls() { return add({{}, Fate::kStalls}); }
    /// Nothing is sent; the plugin gets UNAVAILABLE, NOT_APPLIED.
    HttpRoute& unreachable() { return add({{}, Fate::kUnreachable}); }

private:
    friend class ScriptedHttp;

    HttpRoute& add(Turn<HttpRequest, HttpResponse> turn) {
        script_.add(std::move(turn));
        ++turns_;
        return *this;
    }
    bool matches(const HttpRequest& request) const {
        if (turns_ == 0 || request.method != method_) return false;
        if (!url_.ends_with('*')) return request.url == url_;
        return request.url.starts_with(std::string_view(url_).substr(0, url_.size() - 1));
    }

    std::string method_;
    std::string url_;
    Script<HttpRequest, HttpResponse> script_;
    std::size_t turns_ = 0;
};

class ScriptedHttp {
public:
    /// `url` is the whole URL, or its beginning and "*". The same pair gives the same route; of two
    /// that match a request the first wins. Scripts are written before the plugin is called.
    HttpRoute& on(const std::string& method, const std::string& url) {
        const std::lock_guard lock(mutex_);
        for (auto& route : routes_) {
            if (route.method_ == method && route.url_ == url) return route;
        }
        return routes_.emplace_back(method, url);
    }

    /// Those that were sent, in their order.
    std::vector<HttpRequest> requests() const {
        const std::lock_guard lock(mutex_);
        return requests_;
    }

    // For the host.

    /// Records the request and gives what is to happen; nothing when there is no script for it.
    std::optional<Turn<HttpRequest, HttpResponse>> take(const HttpRequest& request) {
        const std::lock_guard lock(mutex_);
        for (auto& route : routes_) {
            if (!route.matches(request)) continue;
            auto turn = route.script_.next();
            if (turn.fate != Fate::kUnreachable) requests_.push_back(request);
            return turn;
        }
        return std::nullopt;
    }

private:
    mutable std::mutex mutex_;
    std::deque<HttpRoute> routes_;  // a route stays where it is
    std::vector<HttpRequest> requests_;
};

}  // namespace gantry::testing
