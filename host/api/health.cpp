// Whether the process lives and whether it can serve.
#include "api/api.hpp"
#include "api/iso_time.hpp"

namespace gantry::host {
namespace {

constexpr auto kTooManyStarts =
    "the host was started too often without an orderly end: it takes up no runs before calm_at";

const std::string kLost = "the store's file was deleted or replaced";

}  // namespace

void add_health(Router& router, const std::shared_ptr<Api>& api) {
    router.add({.method = "GET",
                .pattern = "/health/live",
                .handler =
                    [api](const Request&, const Reply& reply) {
                        const auto still = api->parts.runs.still_for();
                        if (still < api->parts.dead_after) {
                            return reply(json_answer(200, {{"status", "live"}}));
                        }
                        const auto seconds =
                            std::chrono::duration_cast<std::chrono::seconds>(still).count();
                        reply(json_answer(503, {{"status", "stands still"}, {"seconds", seconds}}));
                    },
                .at_once = true,
                .head = true});
    router.add({.method = "GET",
                .pattern = "/health/ready",
                .handler =
                    [api](const Request& request, const Reply& reply) {
                        const auto not_ready = api->parts.container.not_ready();
                        const bool draining = api->draining;
                        const auto calm_at = api->parts.runs.calm_at();
                        const auto lost = api->parts.store.lost();
                        const bool ready =
                            !draining && not_ready.empty() && !calm_at && lost.empty();
                        const char* status = draining ? "draining" : ready ? "ready" : "not ready";
                        json body = {{"status", status}};
                        // It names modules, and why each of them does not run.
                        if (request.by_admin) body["not_ready"] = not_ready;
                        if (calm_at) {
                            body["calm_at"] = iso_time(*calm_at);
                            body["reason"] = kTooManyStarts;
                        }
                        if (!lost.empty()) body["reason"] = request.by_admin ? lost : kLost;
                        reply(json_answer(ready ? 200 : 503, body));
                    },
                .at_once = true,
                .head = true});
}

}  // namespace gantry::host
