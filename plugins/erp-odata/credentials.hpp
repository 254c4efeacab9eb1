// Who asks: a user with a password, or a client whose token is fetched, kept and renewed.
#pragma once

#include <gantry/call.hpp>

#include <chrono>

namespace erp_odata {

using gantry::json;

/// All functions [any].
class Credentials {
public:
    /// Of the plugin's options: "user" and "password", or "oauth_url", "client_id" and
    /// "client_secret". Throws Error CONFIG where neither is whole, or both are.
    explicit Credentials(const json& options);

    /// The value of the header Authorization; fetches a token where there is none, or it ends
    /// within a minute. Throws Error AUTH when the client is refused, NOT_APPLIED always.
    std::string authorization(const gantry::Call& call);

    /// `used` was answered with 401: true when there is something else to try.
    bool renew(const std::string& used);

private:
    using Clock = std::chrono::steady_clock;

    std::string fetched(const gantry::Call& call);

    std::string basic_;  // empty: by token
    std::string oauth_url_;
    std::string client_;
    std::string scope_;

    std::mutex mutex_;
    std::string bearer_;
    Clock::time_point ends_{};
};

}  // namespace erp_odata
