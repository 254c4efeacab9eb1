// /admin/workflows-executions and /runs: to list, read and start runs.
#include "api/body.hpp"
#include "api/list_query.hpp"
#include "api/listing.hpp"
#include "api/operations.hpp"
#include "api/run_answer.hpp"
#include "api/run_wait.hpp"
#include "base/address.hpp"
#include "base/describe.hpp"

namespace gantry::host {
namespace {

constexpr auto kWait = std::chrono::seconds(10);

// {"input"?, "transaction_id"?}
StartRequest start_request(const Request& request) {
    const Body body(request.body, {"input", "transaction_id"});
    StartRequest start{request.path.at("workflow"), "{}", request.idempotency_key, {}};
    if (body.has("input")) start.input = body.raw("input");
    if (body.has("transaction_id")) {
        const auto header = std::exchange(start.idem_key, body.text("transaction_id"));
        if (header && header != start.idem_key) {
            throw Error(GANTRY_E_INVALID_DATA,
                        "transaction_id: found " + in_quotes(*start.idem_key) +
                            ", and the header Idempotency-Key is " + in_quotes(*header) +
                            "; both name the run's key: give one",
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
        json body = run_error(details, ToldTo::kAdmin);
        body["acknowledgement"] = acknowledgement;
        return json_answer(run_answer(details, ToldTo::kAdmin).status, body);
    }
    Answer answer{is_over(run.status) ? 200 : 202,
                  with_raw({{"acknowledgement", acknowledgement}}, {{"run", run_text(details)}}),
                  {}};
    if (is_over(run.status)) return answer;
    answer.headers.push_back(location_of(run));
    return answer;
}

}  // namespace

void add_executions(Router& router, const std::shared_ptr<Api>& api) {
    const auto get = [&](const std::string& pattern, auto view, bool by_strangers = false) {
        router.add({.method = "GET",
                    .pattern = pattern,
                    .handler = [view](const Request& request,
                                      const Reply& reply) { reply(view(request)); },
                    .by_strangers = by_strangers,
                    .head = true});
    };
    get(kExecutions, [api](const Request& request) {
        return json_answer(
            200, list_runs(api->parts.runs, api->parts.store, parse_list_query(request.query)));
    });
    get(kExecutions + "/{id}", [api](const Request& request) {
        return Answer{200, show_run(api->parts.store, request.path.at("id")), {}};
    });
    get(kExecutions + "/{workflow}/{run}", [api](const Request& request) {
        const auto& path = request.path;
        return Answer{200, show_run(api->parts.store, path.at("workflow"), path.at("run")), {}};
    });
    get(
        "/runs/{id}",
        [api](const Request& request) {
            auto& store = api->parts.store;
            const auto run = find_run(store, request.path.at("id"));
            return run_answer(details_for_answer(store, run), told_to(request));
        },
        /*by_strangers=*/true);
    router.add({.method = "POST",
                .pattern = kExecutions + "/{workflow}/run",
                .handler =
                    [api](const Request& request, const Reply& reply) {
                        run_and_wait(api,
                                     {start_request(request), wait_of(request, kWait),
                                      caller_of(request.peer)},
                                     {start_answer, /*whole=*/true}, reply);
                    },
                .by_strangers = true});
}

}  // namespace gantry::host
