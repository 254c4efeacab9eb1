// /admin/workflows-executions, the part that asks something of a run that is there.
#include "api/api.hpp"
#include "api/control.hpp"
#include "api/listing.hpp"
#include "api/operations.hpp"

namespace gantry::host {

void add_control(Router& router, const std::shared_ptr<Api>& api) {
    const auto post = [&](const std::string& pattern, int status, auto ask) {
        router.add({.method = "POST",
                    .pattern = kExecutions + pattern,
                    .handler = [api, status, ask](const Request& request, const Reply& reply) {
                        if (api->draining) {
                            throw Error(GANTRY_E_UNAVAILABLE, "the host is stopping",
                                        GANTRY_EF_NOT_APPLIED);
                        }
                        const auto& parts = api->parts;
                        reply(json_answer(status, ask(parts.engine, parts.store, request)));
                    }});
    };
    for (const auto& verb : run_verbs()) {
        post("/{workflow}/{run}/" + verb, verb == "fork" ? 201 : 200,
             [verb](Engine& engine, Store& store, const Request& request) {
                 const auto run =
                     find_run(store, request.path.at("workflow"), request.path.at("run"));
                 return control_run(engine, store, verb, run, request.body);
             });
    }
    for (const bool success : {true, false}) {
        post(success ? "/{workflow}/steps/success" : "/{workflow}/steps/failure", 200,
             [success](Engine& engine, Store& store, const Request& request) {
                 return supply_step(engine, store, request.path.at("workflow"), success,
                                    request.body);
             });
    }
    post("/resume", 200, [](Engine& engine, Store& store, const Request& request) {
        return resume_paused(engine, store, request.body);
    });
}

}  // namespace gantry::host
