// What people and other systems ask of a run: stop, stand still, go on another way.
#include "flow/saga.hpp"

#include <algorithm>

namespace gantry::host {

std::optional<Change> Saga::cancel(const Error& cause, std::int64_t now, const Asker& asked,
                                   const std::vector<std::string>& give_up) {
    if (is_over()) return std::nullopt;
    const auto paths = to_give_up(give_up);
    if (is_reverting() && paths.empty()) return std::nullopt;
    Change change;
    now_ = now;
    if (!std::holds_alternative<Going>(state_)) set_going(change);
    if (!asked.by.empty()) note(change, "asked", asked.with({{"for", "cancel"}}), /*stays=*/true);
    if (forward()) {
        going().pausing.reset();
        run_.wanted = Wanted::kCancel;
        stop(cause, change);
    }
    // All of them before any goes on: the undo of one may lead to the next.
    for (const auto& path : paths) give_up_undo(*tree_.find(path), asked, change);
    for (const auto& path : paths) go_on_before(*tree_.find(path), change);
    settle(change);
    return checked(std::move(change));
}

std::optional<Change> Saga::revert_done(std::int64_t now, const Asker& asked) {
    const auto* over = std::get_if<Over>(&state_);
    if (over == nullptr || over->ending != Ending::kDone) return std::nullopt;
    Change change;
    now_ = now;
    run_.finished_at.reset();
    set_going(change);
    note(change, "asked", asked.with({{"for", "revert"}}), /*stays=*/true);
    stop({GANTRY_E_CANCELLED, "the run was done, and is reverted: " + asked.note}, change);
    settle(change);
    return checked(std::move(change));
}

std::optional<Change> Saga::pause(const std::string& reason, std::int64_t now, const Asker& asked) {
    if (is_over()) return std::nullopt;
    Change change;
    now_ = now;
    if (!std::holds_alternative<Going>(state_)) set_going(change);
    if (!asked.by.empty()) note(change, "asked", asked.with({{"for", "pause"}}), /*stays=*/true);
    pause_for(reason, change);
    run_.wanted = Wanted::kPause;
    settle(change);
    return checked(std::move(change));
}

void Saga::pause_for(std::string reason, Change& change) {
    going().pausing = std::move(reason);
    withdraw_calls(change);
}

// Those of this change were not seen by anybody yet.
void Saga::withdraw_calls(Change& change) {
    for (const auto& call : change.calls) agenda_.take_back(tree_[call.at.task]);
    change.calls.clear();
    change.withdraw.assign(agenda_.calls().begin(), agenda_.calls().end());
}

std::optional<Change> Saga::signalled(SignalRow signal, std::int64_t now) {
    Change change;
    if (known_signals_.contains(signal.id)) return change;
    if (!takes_signals()) return std::nullopt;
    known_signals_.insert(signal.id);
    now_ = now;
    const std::string name = signal.name;
    signals_.push_back(std::move(signal));
    if (!std::holds_alternative<Going>(state_)) return change;  // begin() finds it
    if (may_begin()) {
        Task* task = agenda_.take_listener(name);
        if (task != nullptr && take_signal(*task, change)) passed(task, change);
    }
    settle(change);
    return checked(std::move(change));
}

std::optional<Change> Saga::supply(const std::string& path, Side side, StepEnd end,
                                   std::int64_t now, double random) {
    Task* task = tree_.find(path);
    if (task == nullptr || !task->is_step() || agenda_.has_call(*task)) return std::nullopt;
    const auto& row = task->row(side);
    if (!row || (is_reverting() != (side == Side::kCompensate))) return std::nullopt;
    const bool gave_up = row->status == StepStatus::kFailed && has_failed() && !end.error;
    if (!gave_up && (row->status != StepStatus::kStarted || is_over())) return std::nullopt;
    // One whose turn has not come has made no attempt that could have failed.
    if (end.error && way<Undoing>() != nullptr && !is_next_to_undo(*task)) return std::nullopt;
    Change change;
    now_ = now;
    const bool stood = !std::holds_alternative<Going>(state_);
    if (stood && !gave_up) set_going(change);
    agenda_.stop_waiting(*task);
    note_supplied(*task, side, end, change);
    if (gave_up) {
        close_undo(*task, StepStatus::kDone, change);
        end_again(change);
        return checked(std::move(change));
    }
    if (side == Side::kCompensate) {
        supply_undo(*task, end, random, change);
    } else {
        supply_invoke(*task, std::move(end), stood, random, change);
    }
    settle(change);
    return checked(std::move(change));
}

void Saga::supply_invoke(Task& task, StepEnd end, bool stood, double random, Change& change) {
    bool goes_on = true;
    if (end.error) {
        task.invoke->so_far = std::max(task.invoke->so_far, effect_of(*end.error));
        goes_on = retry_or_give_up(task, Side::kInvoke, *end.error, random, change);
    } else {
        record(task, std::move(end), change);
    }
    if (stood && forward() && may_go()) {
        start_again(change);
    } else if (goes_on) {
        passed(&task, change);
    }
}

// A run that stood finds it when it comes to undo.
void Saga::supply_undo(Task& task, const StepEnd& end, double random, Change& change) {
    if (end.error) {
        retry_or_give_up(task, Side::kCompensate, *end.error, random, change);
        return;
    }
    close_undo(task, StepStatus::kDone, change);
    go_on_before(task, change);
}

// Its row forgets what it waited for.
void Saga::note_supplied(const Task& task, Side side, const StepEnd& end, Change& change) {
    json detail = {{"step", task.path}, {"failed", end.error.has_value()}};
    if (side == Side::kCompensate) detail["side"] = to_string(side);
    if (end.error) detail["error"] = error_of(task, side, *end.error);
    note(change, "supplied", end.supplied.value_or(Asker{}).with(std::move(detail)),
         /*stays=*/true);
}

std::optional<Change> Saga::retry(std::int64_t now, const Asker& asked) {
    if (!has_failed()) return std::nullopt;
    Change change;
    now_ = now;
    for (auto& task : tree_.tasks()) {
        if (!task.compensate || task.compensate->status != StepStatus::kFailed) continue;
        auto& row = *task.compensate;
        row.status = StepStatus::kStarted;
        ++row.attempt;
        row.started_at = now;  // its time to try begins anew
        row.asked_ms = 0;
        row.bugs = 0;
        row.finished_at.reset();
        write(task, Side::kCompensate, change);
        note(change, "retried", asked.with({{"step", task.path}}), /*stays=*/true);
    }
    run_.finished_at.reset();
    set_going(change);
    settle(change);
    return checked(std::move(change));
}

std::optional<Change> Saga::skip(const std::string& path, const Asker& asked, std::int64_t now) {
    Task* skipped = tree_.find(path);
    if (!has_failed() || skipped == nullptr || !skipped->compensate ||
        skipped->compensate->status != StepStatus::kFailed) {
        return std::nullopt;
    }
    Change change;
    now_ = now;
    close_undo(*skipped, StepStatus::kSkipped, change);
    note(change, "skipped", asked.with({{"step", path}}), /*stays=*/true);
    end_again(change);
    return checked(std::move(change));
}

void Saga::close_undo(Task& task, StepStatus status, Change& change) {
    auto& row = *task.compensate;
    row.status = status;
    row.wake_at.reset();
    row.finished_at = now_;
    if (status == StepStatus::kDone) row.error.reset();
    write(task, Side::kCompensate, change);
}

// Of a run that failed: one undo fewer is missing.
void Saga::end_again(Change& change) {
    finish(unreverted().empty() ? Ending::kReverted : Ending::kFailed, change);
    run_.updated_at = now_;
}

EventRow Saga::resumed(const Asker& asked, std::int64_t now) {
    Change change;
    now_ = now;
    note(change, "resumed", asked.with(), /*stays=*/true);
    return change.events.empty() ? EventRow() : std::move(change.events[0]);
}

namespace {

void add_rows(const Task& task, std::vector<StepRow>& rows) {
    if (task.invoke) rows.push_back(*task.invoke);
    for (const auto& frame : task.frames) {
        for (const auto* inner : frame->tasks) add_rows(*inner, rows);
    }
}

}  // namespace

std::optional<std::string> Saga::done_before(const std::string& id,
                                             std::vector<StepRow>& rows) const {
    const auto& root = tree_.root();
    for (std::size_t i = 0; i < root.block->size(); ++i) {
        const auto& node = (*root.block)[i];
        if (node.id == id) break;
        if (i >= root.tasks.size() || !root.tasks[i]->done) return node.id;
        add_rows(*root.tasks[i], rows);
    }
    return std::nullopt;
}

std::vector<std::string> Saga::unreverted() const {
    std::vector<std::string> paths;
    for (const auto& task : tree_.tasks()) {
        if (task.compensate && task.compensate->status == StepStatus::kFailed) {
            paths.push_back(task.path);
        }
    }
    return paths;
}

std::string Saga::open_steps() const {
    std::string all;
    for (const auto& task : tree_.tasks()) {
        const auto& row = task.row(task.open_side());
        if (!task.is_step() || !row || !row->under_way) continue;
        const auto& traits = plan_.steps[task.node->step];
        all += (all.empty() ? "step " : ", step ") + task.path + " of " + traits.plugin + " " +
               traits.version + " (module " + traits.module + ")";
    }
    return all;
}

std::optional<std::size_t> Saga::calling(const std::string& path, Side side) const {
    const Task* task = tree_.find(path);
    if (task == nullptr || !agenda_.has_call(*task) || task->open_side() != side) {
        return std::nullopt;
    }
    return task->number;
}

}  // namespace gantry::host
