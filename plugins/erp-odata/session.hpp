// Requests to one service: signed in, with the CSRF token and the session's cookies that writes
// need there.
#pragma once

#include "credentials.hpp"

namespace erp_odata {

/// All functions [any]; token and cookies are shared by all calls. A request that is refused for
/// a token that is no longer valid, of OAuth or against CSRF, is sent once more with a new one: it
/// had no effect.
class Session {
public:
    /// `client`: of SAP, three digits; or empty.
    Session(std::string url, std::string client, const json& options);

    const std::string& url() const { return url_; }

    /// A GET below the service's root; the answer whatever its status.
    gantry::HttpResponse read(const gantry::Call& call, const std::string& path,
                              const std::string& accept = "application/json");
    /// `key` is the last part of its idempotency key.
    gantry::HttpResponse write(const gantry::Call& call, const std::string& method,
                               const std::string& path, const std::string& body,
                               gantry::HttpHeaders headers, const std::string& key);

private:
    struct Csrf {
        std::string token;  // empty: none is known
        std::string cookies;
    };

    gantry::HttpResponse send(const gantry::Call& call, const std::string& method,
                              const std::string& path, const std::string& body,
                              gantry::HttpOptions options);
    Csrf csrf();
    void keep(const gantry::HttpResponse& response);
    void fetch(const gantry::Call& call, const std::string& refused);

    const std::string url_;
    const std::string client_;
    Credentials credentials_;
    std::mutex mutex_;
    Csrf csrf_;
};

}  // namespace erp_odata
