// The routes of the configuration: a request becomes a run.
#include "api/run_answer.hpp"
#include "api/run_wait.hpp"
#include "base/address.hpp"
#include "base/describe.hpp"
#include "flow/expression.hpp"

namespace gantry::host {
namespace {

// The body with the path's parameters, put in front of its own members as text: what the caller
// wrote stays as it was written.
std::string merged(const Request& request) {
    const std::string_view text = request.body.empty() ? "{}" : std::string_view(request.body);
    const json body = json::parse(text);
    if (!body.is_object()) {
        throw Error(GANTRY_E_INVALID_DATA, "the body is " + kind_of(body) + ", expected an object",
                    GANTRY_EF_NOT_APPLIED);
    }
    std::string members;
    for (const auto& [name, value] : request.path) {
        const auto given = body.find(name);
        if (given == body.end()) {
            members += (members.empty() ? "" : ",") + json(name).dump() + ":" + json(value).dump();
        } else if (*given != value) {
            throw Error(GANTRY_E_INVALID_DATA,
                        "the body's \"" + name + "\" is " + shown(*given) + ", but the path says " +
                            in_quotes(value) + "; they must be equal",
                        GANTRY_EF_NOT_APPLIED);
        }
    }
    if (!members.empty() && !body.empty()) members += ',';
    const auto inside = text.find('{') + 1;
    return std::string(text.substr(0, inside)) + members + std::string(text.substr(inside));
}

std::optional<Template> input_template(const RouteConfig& route) {
    if (!route.input) return std::nullopt;
    return Template(*route.input);  // checked with the configuration
}

}  // namespace

void add_routes(Router& router, const std::shared_ptr<Api>& api, const Config& config) {
    for (const auto& route : config.routes) {
        router.add(
            {.method = route.method,
             .pattern = route.path,
             .handler =
                 [api, workflow = route.workflow, wait = route.wait, input = input_template(route)](
                     const Request& request, const Reply& reply) {
                     std::string text = merged(request);
                     if (input) {
                         text = input->evaluate(
                             [&](const Reference&) -> std::string_view { return text; });
                     }
                     run_and_wait(api,
                                  {{workflow, std::move(text), request.idempotency_key, {}},
                                   wait_of(request, wait),
                                   caller_of(request.peer)},
                                  {[to = told_to(request)](const RunDetails& run) {
                                       return run_answer(run, to);
                                   },
                                   /*whole=*/false},
                                  reply);
                 },
             .by_strangers = true,
             .needs_token = route.allow == RouteConfig::Allow::kAdmin});
    }
}

}  // namespace gantry::host
