// Requests to one service: signed in, with the CSRF token and the session's cookies that writes
// need there.
#pragma once

#include "credentials.hpp"

#include <condition_variable>

namespace erp_odata {

/// All functions [any]; token and cookies are shared by all calls. A request that is answered as
/// one whose session, or token of OAuth, is over had no effect: it is sent once more with new ones,
/// and what is answered then counts. One call fetches them, and all others wait for it.
class Session {
public:
    /// `client`: of SAP, three digits; or empty.
    Session(std::string url, std::string client, const json& options);

    const std::string& url() const { return url_; }

    /// A GET below the service's root; the answer whatever its status.
    gantry::HttpResponse read(const gantry::Call& call, const std::string& path,
                              gantry::HttpHeaders headers = {});
    /// `key` is the last part of its idempotency key.
    gantry::HttpResponse write(const gantry::Call& call, const std::string& method,
                               const std::string& path, const std::string& body,
                               gantry::HttpHeaders headers, const std::string& key);

private:
    struct Csrf {
        std::string token;  // empty: none is known
        std::string cookies;
        int number = 0;  // of those that this process has had
    };
    struct Request {
        std::string method;
        std::string path;
        std::string body;
        gantry::HttpOptions options;
    };
    class Fetching;

    gantry::HttpResponse send(const gantry::Call& call, const Request& request);
    gantry::HttpResponse send_as(const std::string& authorization, const Csrf& csrf,
                                 const gantry::Call& call, Request request);
    Csrf csrf(const gantry::Call& call);
    Csrf renewed(const gantry::Call& call, const Csrf& used);
    void wait_for_fetch(std::unique_lock<std::mutex>& lock, const gantry::Call& call);
    void keep(const gantry::HttpResponse& response, const Csrf& used);

    const std::string url_;
    const std::string client_;
    Credentials credentials_;
    std::mutex mutex_;  // guards what follows; not held while the network is asked
    std::condition_variable fetched_;
    bool fetching_ = false;
    Csrf csrf_;
};

}  // namespace erp_odata
