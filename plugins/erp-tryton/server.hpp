// Tryton's server: calls by JSON-RPC in one session that all calls share.
#pragma once

#include <gantry/call.hpp>

namespace erp_tryton {

using gantry::json;

/// What a call does there: a write that fails without an answer may have been carried out.
enum class Effect { kReads, kWrites };

/// All functions may be called on any thread. A password that Tryton refuses is not tried again for
/// two minutes: it counts wrong ones, and five of them lock the login.
class Server {
public:
    /// `options` as plugin.json has them. Throws Error CONFIG.
    explicit Server(const json& options);

    /// The result of one method, as "model.product.template.read"; the last of `params` is the
    /// context. Signs in when there is no session, and once more when Tryton no longer knows it.
    /// Throws Error; see reply.hpp.
    json call(const gantry::Call& call, const std::string& method, const json& params,
              Effect effect);

    /// The id of the user that we are.
    long long user(const gantry::Call& call);

    const std::string& url() const { return url_; }
    const std::string& database() const { return database_; }

private:
    struct Session {
        long long user;
        std::string header;  // of Authorization
    };

    Session session(const gantry::Call& call, const std::string& stale = "");
    Session sign_in(const gantry::Call& call);
    gantry::HttpResponse post(const gantry::Call& call, const std::string& authorization,
                              const std::string& method, const json& params, Effect effect) const;

    const std::string url_, database_, user_, password_, language_;
    std::mutex mutex_;  // guards what follows; held while signing in
    std::optional<Session> session_;
    std::optional<gantry::Error> refusal_;
    std::chrono::steady_clock::time_point refused_until_;
};

}  // namespace erp_tryton
