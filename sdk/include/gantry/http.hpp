// HTTP through the host: connections, TLS, deadline, idempotency keys and allowed hosts are its
// matter.
#pragma once

#include <gantry/http.h>
#include <gantry/http_response.hpp>
#include <gantry/url.hpp>

#include <condition_variable>
#include <mutex>

namespace gantry {

/// What else is said of a request.
struct HttpOptions {
    HttpHeaders headers{};                 // beside the client's own, which they replace
    bool reads = false;                    // changes nothing although it is a POST
    std::string key{};                     // last part of a write's idempotency key
    std::chrono::milliseconds timeout{0};  // 0: what is left of the call
};

/// For one call, whose deadline, cancellation and idempotency key its requests have; use it as you
/// use the Call. A path begins with "/" and stands below the base URL; a whole URL below it is
/// taken, too. Build paths by url_path and url_query. What fails without an answer throws Error:
/// see gantry/http.h; a read that failed is NOT_APPLIED.
class Http {
public:
    /// `base_url`: "https://acme.example/api"; empty: every path is a whole URL. Throws Error
    /// CONFIG when the host has no HTTP.
    Http(const gantry_host& host, gantry_call call, std::string base_url = "",
         HttpHeaders headers = {})
        : host_(&host),
          http_(static_cast<const gantry_http*>(host.get_extension(&host, GANTRY_HTTP_1))),
          call_(call),
          base_(std::move(base_url)),
          headers_(std::move(headers)) {
        if (http_ == nullptr) {
            throw Error(GANTRY_E_CONFIG,
                        "this host has no " GANTRY_HTTP_1 "; the plugin needs a newer one",
                        GANTRY_EF_NOT_APPLIED);
        }
        while (base_.ends_with('/')) base_.pop_back();
    }

    /// Each throws Error for a status that is not 2xx, see HttpResponse::require_ok.
    HttpResponse get(const std::string& path, const HttpOptions& options = {}) const {
        return ask("GET", path, nullptr, options);
    }
    HttpResponse post(const std::string& path, const json& body,
                      const HttpOptions& options = {}) const {
        return ask("POST", path, &body, options);
    }
    HttpResponse put(const std::string& path, const json& body,
                     const HttpOptions& options = {}) const {
        return ask("PUT", path, &body, options);
    }
    HttpResponse patch(const std::string& path, const json& body,
                       const HttpOptions& options = {}) const {
        return ask("PATCH", path, &body, options);
    }
    HttpResponse del(const std::string& path, const HttpOptions& options = {}) const {
        return ask("DELETE", path, nullptr, options);
    }

    /// Any method and body; the answer whatever its status. Adds no header of its own.
    HttpResponse send(const std::string& method, const std::string& path, std::string_view body,
                      const HttpOptions& options = {}) const {
        const auto url = url_of(path);
        auto headers = options.headers;
        headers.insert(headers_.begin(), headers_.end());
        const auto text = json(headers).dump();
        const gantry_http_request request{sizeof request,
                                          options.reads ? GANTRY_HTTP_READS : 0U,
                                          str(method),
                                          str(url),
                                          str(text),
                                          str(body),
                                          str(options.key),
                                          static_cast<std::uint32_t>(options.timeout.count()),
                                          0};
        const bool reads =
            options.reads || method == "GET" || method == "HEAD" || method == "OPTIONS";
        Reply reply;
        http_->send(host_, call_, &request, &Reply::fn, &reply);
        auto response = reply.wait(reads);
        response.request =
            method + " " + url.substr(0, url.find_first_of("/?#", url.find("://") + 3));
        response.wrote = !reads;
        return response;
    }

    /// The error for a write that was answered 2xx and changed nothing all the same, as a GraphQL
    /// server refuses: NOT_APPLIED, which the host believes since it is told here. `answer` is that
    /// of the call's last request; nothing was sent since.
    Error refusal(const HttpResponse& answer, gantry_status code, std::string message,
                  json details = nullptr, std::chrono::milliseconds retry_after = {}) const {
        if (answer.wrote) tell_unchanged();
        return {code, std::move(message), GANTRY_EF_NOT_APPLIED, std::move(details), retry_after};
    }

private:
    // A host that does not take it takes the error's NOT_APPLIED away.
    void tell_unchanged() const {
        gantry_http_request request{};
        request.struct_size = sizeof request;
        request.flags = GANTRY_HTTP_UNCHANGED;
        Reply reply;
        http_->send(host_, call_, &request, &Reply::fn, &reply);
        try {
            reply.wait(true);
        } catch (const Error&) {
            return;
        }
    }

    /// Waits for one gantry_http_reply_fn; lives on the waiting stack.
    class Reply {
    public:
        static void GANTRY_CALL fn(void* user, const gantry_http_response* response,
                                   const gantry_error* error) noexcept {
            static_cast<Reply*>(user)->set(response, error);
        }

        HttpResponse wait(bool reads) {
            std::unique_lock lock(mutex_);
            arrived_.wait(lock, [this] { return done_; });
            if (error_) throw reads ? error_->with_flags(GANTRY_EF_NOT_APPLIED) : Error(*error_);
            return std::move(response_);
        }

    private:
        void set(const gantry_http_response* response, const gantry_error* error) noexcept {
            const std::lock_guard lock(mutex_);
            if (error != nullptr) {
                error_.emplace(error_from(*error));
            } else {
                response_.status = response->status;
                response_.headers = json::parse(view(response->headers)).get<HttpHeaders>();
                response_.body = view(response->body);
            }
            done_ = true;
            arrived_.notify_one();  // under the lock: the waiter may destroy us afterwards
        }

        std::mutex mutex_;
        std::condition_variable arrived_;
        bool done_ = false;
        HttpResponse response_;
        std::optional<Error> error_;
    };

    HttpResponse ask(const char* method, const std::string& path, const json* body,
                     HttpOptions options) const {
        options.headers.insert(headers_.begin(), headers_.end());
        options.headers.emplace("Accept", "application/json");
        if (body != nullptr) options.headers.emplace("Content-Type", "application/json");
        auto response = send(method, path, body == nullptr ? "" : body->dump(), options);
        response.require_ok();
        return response;
    }

    // The default headers, which may sign in, go nowhere else.
    std::string url_of(const std::string& path) const {
        if (!base_.empty() && path.starts_with('/')) return base_ + path;
        if (base_.empty() || path == base_ || path.starts_with(base_ + '/') ||
            path.starts_with(base_ + '?')) {
            return path;
        }
        throw Error(GANTRY_E_MISUSE,
                    "found an address that does not stand below " + base_ +
                        "; expected a path that begins with \"/\", or a URL below it",
                    GANTRY_EF_NOT_APPLIED);
    }

    const gantry_host* host_;
    const gantry_http* http_;
    gantry_call call_;
    std::string base_;
    HttpHeaders headers_;
};

}  // namespace gantry
