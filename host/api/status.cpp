// What the host waits for, in numbers.
#include "api/api.hpp"
#include "api/iso_time.hpp"
#include "api/listing.hpp"
#include "base/describe.hpp"
#include "base/duration.hpp"

namespace gantry::host {
namespace {

std::chrono::milliseconds patience_of(const Request& request) {
    std::chrono::milliseconds patience = kUnaccountedAfter;
    for (const auto& [name, value] : request.query) {
        const auto given = name == "patience" ? parse_duration(value) : std::nullopt;
        if (!given) {
            throw Error(GANTRY_E_INVALID_DATA,
                        "Invalid request: found " + in_quotes(name + "=" + value) +
                            R"(, expected "patience=30s")",
                        GANTRY_EF_NOT_APPLIED);
        }
        patience = *given;
    }
    return patience;
}

}  // namespace

void add_status(Router& router, const std::shared_ptr<Api>& api) {
    router.add(
        {.method = "GET",
         .pattern = "/admin/status",
         .handler =
             [api](const Request&, const Reply& reply) {
                 const auto& parts = api->parts;
                 RunFilter for_a_person;
                 for_a_person.needs_person = true;
                 const auto calm_at = parts.runs.calm_at();
                 const auto& waits = parts.retention_waits_until;
                 const auto until = waits ? waits() : std::nullopt;
                 reply(json_answer(
                     200, {{"waiting", parts.store.waiting()},
                           {"needs_person", parts.store.count(for_a_person)},
                           {"unaccounted", parts.runs.unaccounted(kUnaccountedAfter).size()},
                           {"calm_at", calm_at ? json(iso_time(*calm_at)) : json()},
                           {"retention_waits_until", until ? json(iso_time(*until)) : json()}}));
             },
         .head = true});
    router.add(
        {.method = "GET",
         .pattern = "/admin/unaccounted",
         .handler =
             [api](const Request& request, const Reply& reply) {
                 reply(json_answer(200, list_unaccounted(api->parts.runs, patience_of(request))));
             },
         .head = true});
}

}  // namespace gantry::host
