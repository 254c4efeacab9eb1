// A request has exactly the keys id, method and params: others switch Tryton to another protocol.
#include "server.hpp"

#include <gantry/url.hpp>

#include "reply.hpp"
#include "sql/base64.hpp"

namespace erp_tryton {
namespace {

using gantry::Error;
using std::chrono::steady_clock;

constexpr std::chrono::minutes kPause{2};  // Tryton forgets wrong passwords after five

constexpr bool is_refusal(gantry_status code) {
    return code == GANTRY_E_AUTH || code == GANTRY_E_RATE_LIMITED;
}

}  // namespace

Server::Server(const json& options)
    : url_(options.at("url")),
      database_(options.at("database")),
      user_(options.at("user")),
      password_(options.at("password")),
      language_(options.value("language", "en")) {
    if (!url_.starts_with("http://") && !url_.starts_with("https://")) {
        throw Error(GANTRY_E_CONFIG,
                    "url: found \"" + url_ + "\", expected one as https://erp.example:8000");
    }
}

json Server::call(const gantry::Call& call, const std::string& method, const json& params,
                  Effect effect) {
    constexpr std::uint32_t kUnknownSession = 401;  // said before anything is carried out
    auto with = session(call);
    auto answer = post(call, with.header, method, params, effect);
    if (answer.status == kUnknownSession) {
        with = session(call, with.header);
        answer = post(call, with.header, method, params, effect);
    }
    return result_of(answer, method);
}

long long Server::user(const gantry::Call& call) { return session(call).user; }

/// The one there is, unless it is the `stale` one.
Server::Session Server::session(const gantry::Call& call, const std::string& stale) {
    const std::lock_guard lock(mutex_);
    if (session_ && session_->header != stale) return *session_;
    session_.reset();
    if (refusal_ && steady_clock::now() < refused_until_) throw Error(*refusal_);
    refusal_.reset();
    try {
        session_ = sign_in(call);
    } catch (const Error& e) {
        if (is_refusal(e.code())) {
            refusal_ = e;
            refused_until_ = steady_clock::now() + kPause;
        }
        throw;
    }
    call.log(GANTRY_LOG_INFO, "signed in to Tryton", {{"database", database_}, {"user", user_}});
    return *session_;
}

Server::Session Server::sign_in(const gantry::Call& call) {
    constexpr const char* kLogin = "common.db.login";
    const auto answer =
        post(call, "", kLogin, {user_, {{"password", password_}}, language_}, Effect::kReads);
    if (answer.status == 401) {
        throw Error(GANTRY_E_AUTH,
                    "Tryton refuses the password of " + user_ + " in database " + database_ +
                        "; put the right one into the options user and password",
                    GANTRY_EF_NOT_APPLIED);
    }
    if (answer.status == 429) {
        throw Error(GANTRY_E_RATE_LIMITED,
                    "Tryton takes no sign-in of " + user_ +
                        " for some minutes: too many wrong passwords came before",
                    GANTRY_EF_NOT_APPLIED, nullptr, kPause);
    }
    const auto result = result_of(answer, kLogin);
    if (!result.is_array() || result.size() != 2 || !result[0].is_number_integer() ||
        !result[1].is_string()) {
        throw Error(GANTRY_E_UNAVAILABLE,
                    "Tryton answered " + std::string(kLogin) +
                        " with something else than a user and a session",
                    GANTRY_EF_NOT_APPLIED);
    }
    const auto id = result[0].get<long long>();
    const auto key = user_ + ':' + std::to_string(id) + ':' + result[1].get<std::string>();
    return {id, "Session " + plugin_sql::base64(key)};
}

gantry::HttpResponse Server::post(const gantry::Call& call, const std::string& authorization,
                                  const std::string& method, const json& params,
                                  Effect effect) const {
    gantry::HttpOptions options;
    options.reads = effect == Effect::kReads;
    options.headers = {{"Content-Type", "application/json"}, {"Accept", "application/json"}};
    if (!authorization.empty()) options.headers["Authorization"] = authorization;
    const json body = {{"id", 1}, {"method", method}, {"params", params}};
    return call.http(url_).send("POST", gantry::url_path(database_) + '/', body.dump(), options);
}

}  // namespace erp_tryton
