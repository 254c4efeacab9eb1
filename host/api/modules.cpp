// What is loaded, and calls of a module's service by hand.
#include "api/api.hpp"
#include "api/listing.hpp"
#include "base/describe.hpp"
#include "base/nearest.hpp"

#include <algorithm>

namespace gantry::host {
namespace {

constexpr auto kCallTimeout = std::chrono::seconds(30);
constexpr std::size_t kMaxKey = 128;

std::string key_of(const Request& request) {
    if (!request.idempotency_key) return {};
    const auto& key = *request.idempotency_key;
    const bool printable =
        std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c < '\x7f'; });
    if (key.empty() || key.size() > kMaxKey || !printable) {
        throw Error(GANTRY_E_INVALID_DATA,
                    "found the idempotency key " + in_quotes(key) +
                        ", expected 1 to 128 printable ASCII characters without blanks",
                    GANTRY_EF_NOT_APPLIED);
    }
    return key;
}

// "ping=true" and no other parameter.
bool wants_ping(const Query& query) {
    for (const auto& [name, value] : query) {
        if (name == "ping" && value == "true") continue;
        throw Error(GANTRY_E_INVALID_DATA,
                    "found the parameter " + in_quotes(name) + " = " + in_quotes(value) +
                        ", expected \"ping\" = \"true\" or none",
                    GANTRY_EF_NOT_APPLIED);
    }
    return !query.empty();
}

void call_service(const std::shared_ptr<Api>& api, Request request, const Reply& reply) {
    auto body = request.body.empty() ? std::string("{}") : std::move(request.body);
    api->parts.container.call(request.path.at("service"), request.path.at("method"),
                              std::move(body), key_of(request), kCallTimeout,
                              [api, reply](CallEnd end) {
                                  const Gate::Pass pass(api->gate);
                                  if (!pass) return;
                                  if (end.error)
                                      return reply(api->explain(*end.error, ErrorFrom::kPlugin));
                                  reply({200, std::move(end.output), {}});
                              });
}

}  // namespace

void add_modules(Router& router, const std::shared_ptr<Api>& api) {
    router.add({.method = "GET",
                .pattern = "/admin/modules",
                .handler =
                    [api](const Request& request, const Reply& reply) {
                        if (!wants_ping(request.query))
                            return reply(json_answer(200, list_modules(api->parts.container)));
                        list_reached_modules(
                            api->parts.container, api->parts.timers,
                            [reply](const json& all) { reply(json_answer(200, all)); });
                    },
                .head = true});
    router.add({.method = "GET",
                .pattern = "/admin/workflows",
                .handler =
                    [api](const Request&, const Reply& reply) {
                        reply(json_answer(200, list_workflows(api->parts.runs)));
                    },
                .head = true});
    router.add({.method = "POST",
                .pattern = "/admin/services/{service}/{method}",
                .handler = [api](Request request, const Reply& reply) {
                    call_service(api, std::move(request), reply);
                }});
}

}  // namespace gantry::host
