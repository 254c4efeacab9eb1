// What the host waits for, in numbers.
#include "api/api.hpp"
#include "api/iso_time.hpp"
#include "api/listing.hpp"
#include "api/views.hpp"

namespace gantry::host {

void add_status(Router& router, const std::shared_ptr<Api>& api) {
    router.add(
        {.method = "GET",
         .pattern = "/admin/status",
         .handler =
             [api](const Request&, const Reply& reply) {
                 const auto& parts = api->parts;
                 RunFilter for_a_person;
                 for_a_person.status = kNeedsPerson;
                 const auto calm_at = parts.runs.calm_at();
                 reply(json_answer(
                     200, {{"waiting", parts.store.waiting()},
                           {"needs_person", parts.store.count(for_a_person)},
                           {"unaccounted", parts.store.unaccounted(kUnaccountedAfter).size()},
                           {"calm_at", calm_at ? json(iso_time(*calm_at)) : json()}}));
             },
         .head = true});
    router.add({.method = "GET",
                .pattern = "/admin/unaccounted",
                .handler =
                    [api](const Request&, const Reply& reply) {
                        reply(json_answer(200, list_unaccounted(api->parts.store)));
                    },
                .head = true});
}

}  // namespace gantry::host
