// Rows of the other run under a new id.
#include "flow/fork.hpp"

#include "base/id.hpp"
#include "base/json_text.hpp"
#include "flow/search.hpp"

#include <algorithm>

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

Mutation fork_of(RunOwner& owner, const std::string& run_id, const std::string& path,
                 const Asker& asked) {
    auto from = owner.store.run(run_id);
    if (!from) {
        throw refused(GANTRY_E_NOT_FOUND, "Run with id: " + run_id + " was not found");
    }
    const auto fit = owner.plans.of_run(*from);
    if (!fit.misfit.is_none()) throw refused(GANTRY_E_CONFIG, fit.misfit.why);
    check_place(fit.plan->definition, path);
    auto rows = owner.store.steps(run_id);
    for (const auto& row : rows) {
        if (row.side == Side::kInvoke) continue;
        throw refused(GANTRY_E_REJECTED,
                      "step " + row.path + " of run " + run_id +
                          " was undone: there is nothing left to build upon; start a new run");
    }
    Mutation mutation;
    const Saga saga(*fit.plan, owner.settings.retries, *from, std::move(rows));
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
    run.revision = 0;
    run.crashes = 0;
    run.created_at = run.updated_at = owner.store.now();
    run.wake_at = run.created_at;
    run.finished_at.reset();
    run.deadline_at.reset();
    if (const auto& deadline = fit.plan->definition.deadline) {
        run.deadline_at = run.created_at + deadline->count();
    }
    mutation.accept = true;
    mutation.fields = fields_of(fit.plan->definition, run.input);
    const auto detail = asked.with({{"run", run_id}, {"step", path}});
    mutation.events.push_back({0, run.created_at, "forked", dumped(detail), /*stays=*/true});
    return mutation;
}

}  // namespace gantry::host
