// Who may come in, judged by a request's head: each function gives the answer that refuses it, or
// nothing.
#pragma once

#include "api/exchange.hpp"
#include "api/wrong_tokens.hpp"
#include "base/config.hpp"
#include "base/log.hpp"

namespace gantry::host {

/// [any]
class Doors {
public:
    /// No token: nobody is asked for one. `log` outlives it.
    Doors(const HttpConfig& config, std::optional<std::string> admin_token, Log& log);

    /// 421: it was sent to a name that is none of this host's. Whoever owns a name can have it
    /// point here, and a browser then takes this host for his.
    std::optional<Answer> wrong_name(const Request& request) const;
    /// 401 without the admin token; 429 when that address has tried too many. A right one is let in
    /// whatever was tried before.
    std::optional<Answer> no_token(const Request& request);
    /// Where no token is asked for. A wrong one counts, and is logged, as well.
    bool is_by_admin(const Request& request);
    /// 403: a browser sends it for a page of another site.
    std::optional<Answer> foreign_page(const Request& request) const;
    /// 415: a body that is not said to be JSON, as a page may send it without asking; 413: one
    /// announced as too large.
    static std::optional<Answer> wrong_body(const Request& request);

private:
    int count_wrong(const Request& request);
    bool is_ours(const std::string& name) const;

    const std::vector<std::string> names_;
    const std::optional<std::string> admin_token_;
    Log& log_;
    WrongTokens wrong_tokens_;
};

}  // namespace gantry::host
