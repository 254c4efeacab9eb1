// /admin/workflows-executions and /runs: to list, read, start and resume runs.
#include "api/list_query.hpp"
#include "api/listing.hpp"
#include "api/run_answer.hpp"
#include "api/run_wait.hpp"
#include "base/describe.hpp"
#include "base/nearest.hpp"

namespace gantry::host {
namespace {

const std::string kRoot = "/admin/workflows-executions";
constexpr auto kWait = std::chrono::seconds(10);

// {"input"?, "transaction_id"?}
StartRequest start_request(const Request& request) {
    StartRequest start{request.path.at("workflow"), "{}", request.idempotency_key};
    if (request.body.empty()) return start;
    const json body = json::parse(request.body);
    if (!body.is_object()) {
        throw Error(GANTRY_E_INVALID_DATA, "the body is " + kind_of(body) + ", expected an object",
                    GANTRY_EF_NOT_APPLIED);
    }
    for (const auto& [name, value] : body.items()) {
        if (name == "input") {
            start.input = slice(request.body, {"input"});  // as written: numbers stay exact
        } else if (name == "transaction_id" && value.is_string()) {
            start.idem_key = value.get<std::string>();
        } else if (name == "transaction_id") {
            throw Error(GANTRY_E_INVALID_DATA,
                        "transaction_id: found " + describe(value) + ", expected a string",
                        GANTRY_EF_NOT_APPLIED);
        } else {
            throw Error(GANTRY_E_INVALID_DATA,
                        "Unrecognized field " + in_quotes(name) + "." +
                            did_you_mean_or_known(name, {"input", "transaction_id"}),
                        GANTRY_EF_NOT_APPLIED);
        }
    }
    return start;
}

Answer start_answer(const RunDetails& details) {
    const auto& run = details.run;
    const bool failed = run.status == RunStatus::kReverted || run.status == RunStatus::kFailed;
    const json acknowledgement = {{"transactionId", run.idem_key.value_or(run.id)},
                                  {"workflowId", run.workflow},
                                  {"runId", run.id},
                                  {"hasFinished", is_over(run.status)},
                                  {"hasFailed", failed},
                                  {"state", to_string(run.status)}};
    if (failed) {
        json body = run_error(details);
        body["acknowledgement"] = acknowledgement;
        return json_answer(run_answer(details).status, body);
    }
    const json body = {{"acknowledgement", acknowledgement}, {"run", run_view(details)}};
    if (is_over(run.status)) return json_answer(200, body);
    auto answer = json_answer(202, body);
    answer.headers.push_back(location_of(run));
    return answer;
}

json resume(const Api& api, const std::string& workflow, const std::string& id) {
    if (api.draining) {
        throw Error(GANTRY_E_UNAVAILABLE, "the host is stopping", GANTRY_EF_NOT_APPLIED);
    }
    const auto& parts = api.parts;
    const auto run = find_run(parts.store, workflow, id);
    parts.engine.resume(run.id);
    return show_run(parts.store, parts.engine, run.id);
}

}  // namespace

void add_executions(Router& router, const std::shared_ptr<Api>& api) {
    const auto get = [&](const std::string& pattern, auto view) {
        router.add({.method = "GET",
                    .pattern = pattern,
                    .handler = [view](const Request& request,
                                      const Reply& reply) { reply(view(request)); },
                    .head = true});
    };
    get(kRoot, [api](const Request& request) {
        const auto query = parse_list_query(request.query);
        const auto list = query.transaction ? list_exactly : list_runs;
        return json_answer(200, list(api->parts.store, query.filter));
    });
    get(kRoot + "/{id}", [api](const Request& request) {
        return json_answer(200,
                           show_run(api->parts.store, api->parts.engine, request.path.at("id")));
    });
    get(kRoot + "/{workflow}/{run}", [api](const Request& request) {
        return json_answer(200, show_run(api->parts.store, api->parts.engine,
                                         request.path.at("workflow"), request.path.at("run")));
    });
    get("/runs/{id}", [api](const Request& request) {
        const auto& parts = api->parts;
        auto run = find_run(parts.store, request.path.at("id"));
        return run_answer(load_run(parts.store, parts.engine, std::move(run)));
    });
    router.add({.method = "POST",
                .pattern = kRoot + "/{workflow}/run",
                .handler = [api](const Request& request, const Reply& reply) {
                    run_and_wait(api, {start_request(request), wait_of(request, kWait)},
                                 start_answer, reply);
                }});
    router.add({.method = "POST",
                .pattern = kRoot + "/{workflow}/{run}/resume",
                .handler = [api](const Request& request, const Reply& reply) {
                    reply(json_answer(
                        200, resume(*api, request.path.at("workflow"), request.path.at("run"))));
                }});
}

}  // namespace gantry::host
