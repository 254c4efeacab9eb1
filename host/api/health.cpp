// Whether the process lives and whether it can serve.
#include "api/api.hpp"

namespace gantry::host {

void add_health(Router& router, const std::shared_ptr<Api>& api) {
    router.add({.method = "GET",
                .pattern = "/health/live",
                .handler =
                    [](const Request&, const Reply& reply) {
                        reply(json_answer(200, {{"status", "live"}}));
                    },
                .at_once = true,
                .head = true});
    router.add({.method = "GET",
                .pattern = "/health/ready",
                .handler =
                    [api](const Request&, const Reply& reply) {
                        const auto not_ready = api->parts.container.not_ready();
                        const bool draining = api->draining;
                        const bool ready = !draining && not_ready.empty();
                        const char* status = draining ? "draining" : ready ? "ready" : "not ready";
                        reply(json_answer(ready ? 200 : 503,
                                          {{"status", status}, {"not_ready", not_ready}}));
                    },
                .at_once = true,
                .head = true});
}

}  // namespace gantry::host
