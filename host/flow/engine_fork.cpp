// A run that begins in the middle of another one: what stands before is taken from there.
#include "base/clock.hpp"
#include "base/id.hpp"
#include "flow/engine.hpp"

#include <algorithm>
#include <future>

namespace gantry::host {
namespace {

Error refused(gantry_status code, std::string message) {
    return {code, std::move(message), GANTRY_EF_NOT_APPLIED};
}

void check_place(const Definition& definition, const std::string& id) {
    std::string known;
    for (const auto& node : definition.block) {
        if (node.id == id) return;
        known += (known.empty() ? "" : ", ") + node.id;
    }
    throw refused(GANTRY_E_INVALID_DATA, "a run is forked from a step of its first level: " +
                                             known + "; found \"" + id + "\"");
}

}  // namespace

std::string Engine::fork(const std::string& run_id, const std::string& path) {
    auto from = parts_.store.run(run_id);
    if (!from) refuse(run_id, "");
    const auto plan = plan_for(*from);
    check_place(plan->definition, path);
    auto rows = parts_.store.steps(run_id);
    for (const auto& row : rows) {
        if (row.side == Side::kInvoke) continue;
        throw refused(GANTRY_E_REJECTED,
                      "step " + row.path + " of run " + run_id +
                          " was undone: there is nothing left to build upon; start a new run");
    }
    Mutation mutation;
    const Saga saga(*plan, settings_.retries, *from, std::move(rows));
    if (const auto open = saga.done_before(path, mutation.steps)) {
        throw refused(GANTRY_E_REJECTED, "step " + *open + " of run " + run_id + " is not done");
    }
    // What they did belongs to the other run.
    for (auto& step : mutation.steps) step.attempt = 0;
    auto& run = mutation.run;
    run = std::move(*from);
    run.forked_from = run.id;
    run.id = make_id();
    run.idem_key.reset();
    run.status = RunStatus::kWaiting;
    run.waits_for = "time: forked";
    run.output.reset();
    run.error.reset();
    run.owner.reset();
    run.wanted = Wanted::kRun;
    run.fence = 0;
    run.crashes = 0;
    run.created_at = run.updated_at = wall_ms();
    run.wake_at = run.created_at;
    run.finished_at.reset();
    if (plan->definition.deadline) {
        run.deadline_at = run.created_at + plan->definition.deadline->count();
    }
    mutation.accept = true;
    const std::string run_workflow = run.workflow;
    const std::string id = run.id;
    std::promise<Outcome> promise;
    parts_.store.post(std::move(mutation),
                      [&](Outcome outcome) { promise.set_value(std::move(outcome)); });
    const auto outcome = promise.get_future().get();
    if (const auto* error = std::get_if<Error>(&outcome)) throw Error(*error);
    parts_.metrics.run_started(run_workflow);
    claim_one(id);
    return id;
}

}  // namespace gantry::host
