// HTTP requests by libcurl, each on its caller's thread; connections are kept and used again.
#pragma once

#include <gantry/error.hpp>
#include <gantry/rules/limits.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace gantry::host {

/// Of a request's body, and of an answer's once decoded.
using rules::kHttpBody;

/// A URL as it is sent, and who is asked.
struct HttpUrl {
    std::string text;
    std::string origin;  // "https://acme.example:8443"
    std::string host;    // in lower case; an IPv6 address in brackets
};

/// Throws Error MISUSE, NOT_APPLIED that says why `text` is no absolute, escaped http or https URL
/// without a user. The text itself is not shown: it may hold a secret.
HttpUrl parse_http_url(std::string_view text);

struct HttpRequest {
    std::string method;  // in capitals
    HttpUrl url;
    std::vector<std::pair<std::string, std::string>> headers;  // no control characters in them
    std::string_view body;
    /// Sent at most once, also where the connection died on the way.
    bool once = false;
    std::chrono::steady_clock::time_point deadline;
    /// Asked several times a second, on the same thread; may be empty.
    std::function<bool()> stopped;
    /// Where requests go through; empty: no proxy; nothing: what the environment says.
    std::optional<std::string> proxy;
    /// The certificates to trust; empty: the system's.
    std::string ca_file;
};

struct HttpAnswer {
    std::uint32_t status = 0;
    std::map<std::string, std::string> headers;  // names in lower case, repeated ones joined
    std::string body;
};

/// [any]
class HttpClient {
public:
    HttpClient();
    ~HttpClient();  // no request may be under way
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;

    /// Waits for the answer, whatever its status; follows no redirect. Throws Error: UNAVAILABLE,
    /// DEADLINE, CANCELLED, CONFIG for a certificate that is not trusted, TOO_LARGE for an answer,
    /// MISUSE. MAYBE_APPLIED when a `once` request was sent, else NOT_APPLIED.
    HttpAnswer send(const HttpRequest& request);

private:
    struct Handle;
    struct Idle {
        std::string peer;
        std::unique_ptr<Handle> handle;
    };

    std::unique_ptr<Handle> take(const std::string& peer);
    void give_back(const std::string& peer, std::unique_ptr<Handle> handle);

    std::mutex mutex_;
    std::vector<Idle> idle_;  // the one used last stands last
};

}  // namespace gantry::host
