// Source: the Fetch standard's Sec-Fetch-Site and Origin, RFC 9110 for the answers.
#include "api/doors.hpp"

#include "api/auth.hpp"
#include "api/target.hpp"
#include "base/address.hpp"
#include "base/describe.hpp"
#include "base/lower_case.hpp"

#include <algorithm>

namespace gantry::host {
namespace {

Answer refusal(int status, const char* type, const char* code, const std::string& message) {
    return json_answer(status, {{"type", type}, {"message", message}, {"code", code}});
}

}  // namespace

Doors::Doors(const HttpConfig& config, std::optional<std::string> admin_token, Log& log)
    : names_(config.names), admin_token_(std::move(admin_token)), log_(log) {}

bool Doors::is_ours(const std::string& name) const {
    // No page comes from an address that is not this host's: nobody else has it.
    // 0.0.0.0 and :: are none: a browser takes them for this machine.
    return name == "localhost" || (is_address(name) && !is_unspecified(name)) ||
           std::find(names_.begin(), names_.end(), name) != names_.end();
}

std::optional<Answer> Doors::wrong_name(const Request& request) const {
    if (!request.host) return std::nullopt;
    const auto name = host_of(*request.host);
    if (!name) {
        return refusal(400, "invalid_data", "invalid_data",
                       "found the host " + in_quotes(*request.host) +
                           ", expected a name or an address, and a port where it has one");
    }
    if (is_ours(*name)) return std::nullopt;
    return refusal(421, "not_allowed", "misdirected",
                   "this host does not go by the name " + in_quotes(*request.host) +
                       "; where it should, list it in http.names of the configuration");
}

bool Doors::is_by_admin(const Request& request) {
    if (!admin_token_) return true;
    if (!request.authorization) return false;
    if (authorized(request.authorization, *admin_token_)) return true;
    count_wrong(request);
    return false;
}

std::optional<Answer> Doors::no_token(const Request& request) {
    if (!admin_token_ || authorized(request.authorization, *admin_token_)) return std::nullopt;
    auto answer = json_answer(401, {{"type", "unauthorized"}, {"message", "Unauthorized"}});
    answer.headers.emplace_back("WWW-Authenticate", "Bearer");
    if (!request.authorization || count_wrong(request) <= WrongTokens::kMost) return answer;
    answer = refusal(429, "unauthorized", "rate_limited", "too many wrong tokens");
    answer.headers.emplace_back("Retry-After", std::to_string(WrongTokens::kWithin.count()));
    return answer;
}

int Doors::count_wrong(const Request& request) {
    const int tries = wrong_tokens_.count(caller_of(request.peer));
    if (tries > WrongTokens::kMost + 1) return tries;
    const int lines = wrong_tokens_.count_line();
    if (lines > WrongTokens::kMostLines) return tries;
    const json where = {{"address", request.peer}, {"path", told_path(request.target)}};
    if (lines == WrongTokens::kMostLines) {
        log_.warn("wrong admin tokens come from many addresses: no more of this minute are told",
                  where);
    } else if (tries <= WrongTokens::kMost) {
        log_.warn("a wrong admin token was sent", where);
    } else {
        log_.warn("too many wrong admin tokens: the next ones of this minute are not told", where);
    }
    return tries;
}

std::optional<Answer> Doors::foreign_page(const Request& request) const {
    const auto refused = [&](const std::string& found) {
        return refusal(403, "not_allowed", "forbidden",
                       "a page of another site may not change anything here: found " + found +
                           ", expected one of Host " + in_quotes(request.host.value_or("")) +
                           "; a proxy passes the Host on that it got");
    };
    if (request.fetch_site) {
        const bool own = *request.fetch_site == "same-origin" || *request.fetch_site == "none";
        return own ? std::nullopt
                   : std::optional(refused("Sec-Fetch-Site " + in_quotes(*request.fetch_site)));
    }
    // Over plain HTTP a browser may send no more than the page it comes from.
    const auto& page = request.origin ? request.origin : request.referer;
    if (!page) return std::nullopt;
    const auto scheme = page->find("://");
    const auto from = scheme == std::string::npos ? page->size() : scheme + 3;
    const auto authority = page->substr(from, page->find('/', from) - from);
    const bool own = !authority.empty() && request.host &&
                     in_lower_case(authority) == in_lower_case(*request.host);
    return own ? std::nullopt : std::optional(refused("the page " + in_quotes(*page)));
}

std::optional<Answer> Doors::wrong_body(const Request& request) {
    if (!request.has_body) return std::nullopt;
    const auto type = request.content_type.value_or("");
    const auto bare = in_lower_case(type.substr(0, type.find_first_of("; \t")));
    if (bare != "application/json") {
        return refusal(415, "invalid_data", "unsupported_media_type",
                       "found a body of " +
                           (type.empty() ? "no type" : "the type " + in_quotes(type)) +
                           ", expected the header Content-Type: application/json");
    }
    if (request.announced.value_or(0) <= kMaxBody) return std::nullopt;
    return refusal(413, "invalid_data", "too_large",
                   "the body has more than " + std::to_string(kMaxBody) + " bytes");
}

}  // namespace gantry::host
