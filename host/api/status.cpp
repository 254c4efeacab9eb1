// What the host waits for, in numbers.
#include "api/api.hpp"
#include "api/iso_time.hpp"
#include "api/views.hpp"

namespace gantry::host {

void add_status(Router& router, const std::shared_ptr<Api>& api) {
    router.add({.method = "GET",
                .pattern = "/admin/status",
                .handler =
                    [api](const Request&, const Reply& reply) {
                        const auto& parts = api->parts;
                        RunFilter for_a_person;
                        for_a_person.status = kNeedsPerson;
                        const auto calm_at = parts.engine.calm_at();
                        reply(json_answer(
                            200, {{"waiting", parts.store.waiting()},
                                  {"needs_person", parts.store.count(for_a_person)},
                                  {"calm_at", calm_at ? json(iso_time(*calm_at)) : json()}}));
                    },
                .head = true});
}

}  // namespace gantry::host
