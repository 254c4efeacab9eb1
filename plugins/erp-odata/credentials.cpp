// The lock is never held while the network is asked: two calls may fetch at once, and both tokens
// are good.
#include "credentials.hpp"

#include "errors.hpp"
#include "sql/base64.hpp"

namespace erp_odata {
namespace {

using gantry::Error;
using plugin_sql::base64;
using std::chrono::seconds;

constexpr seconds kMargin{60};
constexpr long long kUnsaid = 600;  // seconds that a token lasts where nothing is said

long long lasts(const json& answer) {
    const auto said = answer.value("expires_in", json());
    if (said.is_number_integer()) return said.get<long long>();
    const auto number =
        said.is_string() ? json::parse(said.get<std::string>(), nullptr, false) : json();
    return number.is_number_integer() ? number.get<long long>() : kUnsaid;
}

}  // namespace

Credentials::Credentials(const json& options)
    : oauth_url_(options.value("oauth_url", "")), scope_(options.value("scope", "")) {
    const bool by_token = !oauth_url_.empty();
    for (const char* name : {"client_id", "client_secret"}) {
        if (options.contains(name) == by_token) continue;
        throw Error(GANTRY_E_CONFIG, "oauth_url, client_id and client_secret go together");
    }
    if (options.contains("password") == by_token || (!by_token && !options.contains("user"))) {
        throw Error(GANTRY_E_CONFIG,
                    "expected user and password, or oauth_url, client_id and client_secret");
    }
    if (by_token) {
        client_ = base64(gantry::url_escaped(options.at("client_id").get<std::string>()) + ":" +
                         gantry::url_escaped(options.at("client_secret").get<std::string>()));
    } else {
        basic_ = "Basic " + base64(options.at("user").get<std::string>() + ":" +
                                   options.at("password").get<std::string>());
    }
}

std::string Credentials::authorization(const gantry::Call& call) {
    if (!basic_.empty()) return basic_;
    {
        const std::lock_guard lock(mutex_);
        if (!bearer_.empty() && Clock::now() + kMargin < ends_) return bearer_;
    }
    return fetched(call);
}

bool Credentials::renew(const std::string& used) {
    if (!basic_.empty()) return false;
    const std::lock_guard lock(mutex_);
    if (bearer_ == used) bearer_.clear();
    return true;
}

std::string Credentials::fetched(const gantry::Call& call) {
    gantry::HttpOptions ask;
    ask.reads = true;
    ask.headers = {{"Authorization", "Basic " + client_},
                   {"Accept", "application/json"},
                   {"Content-Type", "application/x-www-form-urlencoded"}};
    const std::string form = "grant_type=client_credentials" +
                             (scope_.empty() ? "" : "&scope=" + gantry::url_escaped(scope_));
    const auto response = call.http().send("POST", oauth_url_, form, ask);
    if (response.status == 400) {  // RFC 6749: what the client sent is wrong, a secret for example
        throw Error(GANTRY_E_AUTH,
                    response.request +
                        " answered 400 to the client of oauth_url; check client_id, "
                        "client_secret and scope",
                    GANTRY_EF_NOT_APPLIED);
    }
    require_ok(response);
    const auto answer = response.json();
    const auto token = answer.is_object() ? answer.value("access_token", json()) : json();
    if (!token.is_string()) {
        throw Error(GANTRY_E_AUTH, response.request + " answered without an access_token",
                    GANTRY_EF_NOT_APPLIED);
    }
    const std::lock_guard lock(mutex_);
    bearer_ = "Bearer " + token.get<std::string>();
    ends_ = Clock::now() + seconds(lasts(answer));
    return bearer_;
}

}  // namespace erp_odata
