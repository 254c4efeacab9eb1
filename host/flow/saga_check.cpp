// What SagaState promises, looked at after every event. What needs a look at every task is checked
// for runs of few tasks only, so that an event's cost stays that of what it sets going.
#include "flow/saga.hpp"

#include <cstdio>
#include <cstdlib>

namespace gantry::host {

#ifdef NDEBUG

Change Saga::checked(Change change) const { return change; }

#else

namespace {

constexpr std::size_t kFewTasks = 50;

// NOLINTNEXTLINE(readability-function-cognitive-complexity): a list of one kind of line.
void must(bool holds, const char* what, const RunRow& run, const Task* task = nullptr) {
    if (holds) return;
    std::fprintf(stderr, "run %s (%s)%s%s: %s\n", run.id.c_str(),
                 std::string(to_string(run.status)).c_str(), task != nullptr ? ", step " : "",
                 task != nullptr ? task->path.c_str() : "", what);
    std::abort();
}

bool is_open(const std::optional<StepRow>& row) {
    return row && row->status == StepStatus::kStarted;
}

}  // namespace

Change Saga::checked(Change change) const {
    const auto& run = run_;
    const auto* going = std::get_if<Going>(&state_);
    const bool has_calls = !agenda_.calls().empty();
    if (const auto* over = std::get_if<Over>(&state_)) {
        const auto status = over->ending == Ending::kDone       ? RunStatus::kDone
                            : over->ending == Ending::kReverted ? RunStatus::kReverted
                                                                : RunStatus::kFailed;
        must(run.status == status, "its row tells another end", run);
        must(run.error.has_value() == (over->ending != Ending::kDone), "its error and its end",
             run);
        must(run.finished_at && !run.owner && !run.wake_at && !run.waits_for,
             "over, yet not finished", run);
    }
    if (const auto* rest = std::get_if<AtRest>(&state_)) {
        must(run.error.has_value() == rest->reverting, "its error and its way", run);
        must(!change.stands || (!run.owner && run.waits_for), "stands without a reason", run);
        must(!change.stands || (run.status == RunStatus::kPaused) == rest->paused,
             "its row does not tell whether it is paused", run);
    }
    must(change.stands == (going == nullptr) || change.is_nothing(), "it stands and goes on", run);
    if (going == nullptr) return must(agenda_.is_empty(), "it stands and waits", run), change;

    must(run.status == (forward() ? RunStatus::kInvoking : RunStatus::kCompensating),
         "its row tells another way", run);
    must(run.error.has_value() == !forward(), "its error and its way", run);
    must(!agenda_.is_empty(), "nothing will move it on", run);
    must(has_calls || (!going->pausing && way<Draining>() == nullptr), "it waits for no call", run);
    must(change.calls.empty() || may_go(), "a call while nothing may be called", run);
    must(way<Undoing>() == nullptr || agenda_.listening().empty(), "it undoes and listens", run);

    if (tree_.tasks().size() > kFewTasks) return change;
    std::size_t failed_undos = 0;
    std::size_t under_way = 0;
    for (const auto& task : tree_.tasks()) {
        for (const auto side : {Side::kInvoke, Side::kCompensate}) {
            const auto& row = task.row(side);
            if (!row) continue;
            if (row->under_way) ++under_way;
            must(!row->under_way || (is_open(row) && !row->wake_at), "under way, yet not open", run,
                 &task);
            must(row->under_way == (agenda_.has_call(task) && side == task.open_side()),
                 "under way without a call, or the other way round", run, &task);
            must(!row->under_way || (side == Side::kCompensate) == (way<Undoing>() != nullptr),
                 "a call of the other way", run, &task);
            must(is_open(row) || !row->wake_at, "ended, yet waits for its time", run, &task);
            must(side == Side::kInvoke || !forward(), "undone on the way forward", run, &task);
        }
        if (task.compensate && task.compensate->status == StepStatus::kFailed) ++failed_undos;
        must(way<Undoing>() == nullptr || !is_open(task.invoke), "undoing, and it is open", run,
             &task);
        must(!task.done || !task.invoke || has_passed(*task.invoke), "done, but not by its row",
             run, &task);
        must(!forward() || !task.invoke || has_passed(*task.invoke) || is_open(task.invoke),
             "failed on the way forward", run, &task);
    }
    must(under_way == agenda_.calls().size(), "rows under way and calls", run);
    if (const auto* undoing = way<Undoing>()) {
        must(undoing->failed == failed_undos, "its count of failed undos", run);
    }
    for (const auto& [when, number] : agenda_.waiting()) {
        const Task& task = tree_[number];
        const auto& row = task.row(task.open_side());
        if (way<Draining>() != nullptr) continue;  // it waits no longer, or for nothing
        must(is_open(row) && !row->under_way && row->wake_at == when, "it waits for another time",
             run, &task);
    }
    return change;
}

#endif

}  // namespace gantry::host
