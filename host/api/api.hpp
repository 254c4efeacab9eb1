// What every resource works with. Callbacks share it, since they may come after the server's end;
// a pass through the gate says whether the parts are still there.
#pragma once

#include "api/errors.hpp"
#include "api/gate.hpp"
#include "api/router.hpp"
#include "api/server.hpp"

#include <unordered_map>

namespace gantry::host {

struct Api {
    explicit Api(ServerParts given) : parts(given) {}

    const ServerParts parts;
    std::atomic<bool> draining{false};
    Gate gate;

    /// The answer to an error; one whose message the caller does not see is logged. [any]
    Answer explain(const Error& error, ErrorFrom from) const;

    /// Runs `work` on the API's own threads unless the server has ended before; an Error it throws
    /// is answered.
    static void on_pool(const std::shared_ptr<Api>& api, Reply reply, std::function<void()> work);

    std::mutex waits_mutex;
    /// Ends each request's wait for its run; by the wait's address.
    std::unordered_map<const void*, std::function<void()>> waits;
    bool hurry = false;  // no more waiting
};

void add_health(Router& router, const std::shared_ptr<Api>& api);
void add_metrics(Router& router, const std::shared_ptr<Api>& api);
void add_modules(Router& router, const std::shared_ptr<Api>& api);
void add_status(Router& router, const std::shared_ptr<Api>& api);
void add_executions(Router& router, const std::shared_ptr<Api>& api);
void add_control(Router& router, const std::shared_ptr<Api>& api);
/// Throws Error CONFIG for a route whose input is no template over the body.
void add_routes(Router& router, const std::shared_ptr<Api>& api, const Config& config);

}  // namespace gantry::host
