// /admin/workflows-executions, the part that asks something of a run that is there. No thread waits
// for the run.
#include "api/api.hpp"
#include "api/control.hpp"
#include "api/listing.hpp"
#include "api/many_runs.hpp"
#include "api/operations.hpp"

namespace gantry::host {
namespace {

// What answers a request once the run has been asked.
Then answering(const std::shared_ptr<Api>& api, int status, Reply reply) {
    return [api, status, reply = std::move(reply)](Controlled how) {
        const Gate::Pass pass(api->gate);
        if (!pass) return;
        if (how.error) return reply(api->explain(*how.error, ErrorFrom::kHost));
        if (!how.answer.is_null()) return reply(json_answer(status, how.answer));
        Api::on_pool(api, reply, [api, status, reply, id = std::move(how.run_id)] {
            reply({status, show_run(api->parts.store, id), {}});
        });
    };
}

// Who asks, where the body does not say it.
std::string asker(const Api& api, const Request& request) {
    return (api.admin_token ? "token admin, " : "") + request.peer;
}

}  // namespace

void add_control(Router& router, const std::shared_ptr<Api>& api) {
    const auto post = [&](const std::string& pattern, int status, auto ask) {
        router.add({.method = "POST",
                    .pattern = kExecutions + pattern,
                    .handler = [api, status, ask](const Request& request, const Reply& reply) {
                        api->refuse_while_draining();
                        ask(api->parts, request, asker(*api, request),
                            answering(api, status, reply));
                    }});
    };
    for (const auto& verb : run_verbs()) {
        post("/{workflow}/{run}/" + verb, verb == "fork" ? 201 : 200,
             [verb](const ServerParts& parts, const Request& request, const std::string& by,
                    Then then) {
                 const auto run =
                     find_run(parts.store, request.path.at("workflow"), request.path.at("run"));
                 control_run(parts.runs, parts.store, verb, run.id, request.body, by,
                             std::move(then));
             });
    }
    for (const bool success : {true, false}) {
        post(success ? "/{workflow}/steps/success" : "/{workflow}/steps/failure", 200,
             [success](const ServerParts& parts, const Request& request, const std::string& by,
                       Then then) {
                 supply_step(parts.runs, parts.store, request.path.at("workflow"), success,
                             request.body, by, std::move(then));
             });
    }
    for (const auto& verb : many_verbs()) {
        post("/" + verb, 200,
             [verb](const ServerParts& parts, const Request& request, const std::string& by,
                    Then then) {
                 control_many(parts.runs, parts.store, verb, request.body, by, std::move(then));
             });
    }
}

}  // namespace gantry::host
