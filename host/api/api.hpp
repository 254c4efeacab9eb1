// What every resource works with. Callbacks share it, since they may come after the server's end;
// a pass through the gate says whether the parts are still there.
#pragma once

#include "api/errors.hpp"
#include "api/gate.hpp"
#include "api/router.hpp"
#include "api/run_waits.hpp"
#include "api/server.hpp"
#include "base/fair_pool.hpp"

namespace gantry::host {

struct Api {
    Api(ServerParts given, bool has_admin_token, std::size_t most_waits)
        : parts(std::move(given)), admin_token(has_admin_token), waits(most_waits) {}

    const ServerParts parts;
    const bool admin_token;  // /admin wants one
    std::atomic<bool> draining{false};
    Gate gate;

    /// The answer to an error; one whose message the caller does not see is logged. [any]
    Answer explain(const Error& error, ErrorFrom from) const;

    /// Throws Error UNAVAILABLE where the host is stopping.
    void refuse_while_draining() const;

    /// Runs `work`, the rest of a request that was under way, on the API's own threads unless the
    /// server has ended before; an Error it throws is answered.
    static void on_pool(const std::shared_ptr<Api>& api, Reply reply, std::function<void()> work);
    /// The same for a request that came just now, when the turn of its route and of its caller has
    /// come.
    static void in_turns(const std::shared_ptr<Api>& api, const Route& route,
                         const Request& request, Reply reply, std::function<void()> work);

    std::function<void()> let_answers_arrive;  // set before the first request
    FairPool own_threads{parts.api};
    FairPool route_threads{parts.routes};

    std::mutex backup_mutex;  // by who makes one
    RunWaits waits;
};

void add_health(Router& router, const std::shared_ptr<Api>& api);
void add_metrics(Router& router, const std::shared_ptr<Api>& api);
void add_modules(Router& router, const std::shared_ptr<Api>& api);
void add_backup(Router& router, const std::shared_ptr<Api>& api);
void add_status(Router& router, const std::shared_ptr<Api>& api);
void add_executions(Router& router, const std::shared_ptr<Api>& api);
void add_control(Router& router, const std::shared_ptr<Api>& api);
/// Throws Error CONFIG for a route whose input is no template over the body.
void add_routes(Router& router, const std::shared_ptr<Api>& api, const Config& config);

}  // namespace gantry::host
