// Attempts: handed out, ended, made again or given up.
#include "base/error_json.hpp"
#include "base/json_text.hpp"
#include "flow/saga.hpp"

#include <algorithm>

namespace gantry::host {
namespace {

// A system says that it did something else under the key. Where the run has done nothing, it was
// what the run did after the copy was made that was put back: to call that reverted would be wrong.
bool is_of_a_used_key(const Error& error) {
    return error.details().is_object() && error.details().contains("key_used");
}

}  // namespace

Change Saga::ended(StepSide at, StepEnd end, std::int64_t now, double random) {
    Change change;
    now_ = now;
    Task& task = tree_[at.task];
    auto& row = *task.row(at.side);
    const auto took = agenda_.end_call(task, now);
    if (end.withdrawn) {
        withdrawn(task, at.side, change);
        settle(change);
        return checked(std::move(change));
    }
    if (end.supplied) note_supplied(task, at.side, end, change);
    row.asked_ms += took;
    run_.crashes = 0;  // its host lived through the call
    if (at.side == Side::kCompensate && !end.error) {
        close_undo(task, StepStatus::kDone, change);
        undone(&task, change);
    } else if (!end.error) {
        record(task, std::move(end), change);
        if (forward()) passed(&task, change);
    } else {
        const auto effect = effect_of(*end.error);
        row.so_far = std::max(row.so_far, effect);
        if (at.side == Side::kInvoke) {
            // Nothing happened: the next attempt reads it anew.
            if (row.so_far == Effect::kNothing) row.undo_input.reset();
            // A step that failed may still say what undoes the part it did.
            if (end.undo) row.undo_input = std::move(end.undo);
        }
        if (retry_or_give_up(task, at.side, *end.error, random, change)) passed(&task, change);
    }
    settle(change);
    return checked(std::move(change));
}

// The attempt did not happen. Where nothing may begin it stays as it is: for whoever resumes the
// run, or for the undo, which closes it.
void Saga::withdrawn(Task& task, Side side, Change& change) {
    write(task, side, change);
    if (may_go() && way<Draining>() == nullptr) {
        agenda_.wait_until(task, now_);
    } else {
        task.row(side)->wake_at = now_;
    }
}

std::optional<Change> Saga::undo_recorded(std::size_t task, std::string undo, std::int64_t now) {
    auto& row = tree_[task].invoke;
    if (!agenda_.has_call(tree_[task]) || !row->under_way) return std::nullopt;
    now_ = now;
    row->undo_input = std::move(undo);
    Change change;
    write(tree_[task], Side::kInvoke, change);
    return checked(std::move(change));
}

bool Saga::retry_or_give_up(Task& task, Side side, const Error& error, double random,
                            Change& change) {
    auto& row = *task.row(side);
    const Tried tried{row.attempt, row.bugs, std::chrono::milliseconds(row.asked_ms), random};
    const json told = error_of(task, side, error);
    const auto pause_at = [&](const std::string& reason) {  // the same attempt is made again
        row.error = dumped(told);
        write(task, side, change);
        pause_for(reason + error.message(), change);
        return false;
    };
    if (side == Side::kInvoke && forward() && row.so_far == Effect::kNothing &&
        is_of_a_used_key(error)) {
        return pause_at("restored: step " + task.path +
                        " was made by what this store knows nothing of: ");
    }
    if (error.error_class() == GANTRY_CLASS_BUG) ++row.bugs;
    const auto decision = decide(policy(task, side), side, error, tried);
    const bool once = plan_.steps[task.node->step].at_most_once && row.so_far != Effect::kNothing;
    const bool never_again = side == Side::kInvoke && (!forward() || once);
    if (never_again || decision.verdict == Verdict::kGiveUp) {
        if (side == Side::kInvoke) return gave_up(task, error, change);
        gave_up_undo(task, error, change);
        return false;
    }
    if (decision.verdict == Verdict::kPause) {
        return pause_at("configuration: step " + task.path + ": " + code_name(error.code()) + ", ");
    }
    row.error = dumped(told);
    write(task, side, change);
    ++row.attempt;
    row.asked_ms += decision.delay.count();
    if (may_go()) {
        agenda_.wait_until(task, now_ + decision.delay.count());
    } else {  // for whoever resumes it
        row.wake_at = now_ + decision.delay.count();
    }
    note(change, "retry",
         {{"step", task.path},
          {"side", to_string(side)},
          {"attempt", row.attempt},
          {"in_ms", decision.delay.count()},
          {"error", told}});
    return false;
}

void Saga::gave_up_undo(Task& task, const Error& error, Change& change) {
    auto& row = *task.compensate;
    const json cause = error_of(task, Side::kCompensate, error);
    row.error = dumped(cause);
    row.finished_at = now_;
    row.wake_at.reset();
    row.status = StepStatus::kFailed;
    note(change, "undo_failed",
         {{"step", task.path},
          {"attempts", row.attempt},
          {"ms", now_ - row.started_at},
          {"error", cause}},
         /*stays=*/true);
    write(task, Side::kCompensate, change);
    if (auto* undoing = std::get_if<Undoing>(&going().way)) {
        ++undoing->failed;
        undone(&task, change);
    }
}

bool Saga::gave_up(Task& task, const Error& error, Change& change) {
    auto& row = *task.invoke;
    const json cause = error_of(task, Side::kInvoke, error);
    row.error = dumped(cause);
    row.finished_at = now_;
    row.wake_at.reset();
    // What the last attempt says of itself is not what all of them did.
    row.status = row.so_far == Effect::kUnknown ? StepStatus::kUnknown : StepStatus::kFailed;
    write(task, Side::kInvoke, change);
    if (!forward()) return false;
    if (task.node->may_fail && tree_.tasks().size() <= kMaxTasks) {
        note(change, "went_on", {{"step", task.path}, {"error", cause}}, /*stays=*/true);
        return go_on_without(task, change);
    }
    revert(cause, change);
    return false;
}

RetryPolicy Saga::policy(const Task& task, Side side) const {
    const bool invoke = side == Side::kInvoke;
    RetryPolicy policy = invoke ? policies_.invoke : policies_.compensate;
    const auto& step = plan_.definition.steps[task.node->step];
    const auto& own = invoke ? step.invoke : step.compensate;
    if (own.first_delay) policy.first = *own.first_delay;
    if (own.max_delay) policy.cap = *own.max_delay;
    if (own.attempts) policy.attempts = *own.attempts;
    if (own.give_up_after) policy.give_up_after = *own.give_up_after;
    return policy;
}

// A delay is a span of time, kept as a moment. What was left of it when the run was last written is
// the most that is left now, wherever the clock was set to meanwhile. A row that says another
// moment than its run's last write by that clock would be cut by a wrong span the next time.
bool Saga::waits_for_delay(Task& task, Side side, Change& change) {
    const auto& row = *task.row(side);
    if (!row.wake_at || *row.wake_at <= now_) return false;
    const auto was_left = std::max<std::int64_t>(*row.wake_at - written_at_, 0);
    if (*row.wake_at > now_ + was_left) write(task, side, change);
    agenda_.wait_until(task, std::min(*row.wake_at, now_ + was_left));
    return true;
}

Change Saga::clock_stepped(std::int64_t by, std::int64_t now) {
    Change change;
    now_ = now;
    for (const auto& [when, number] : agenda_.waiting()) {
        const Task& task = tree_[number];
        if (task.is_step()) write(task, task.open_side(), change);
    }
    agenda_.clock_stepped(by);
    if (!change.rows.empty()) run_.updated_at = now;
    return checked(std::move(change));
}

void Saga::call(Task& task, Side side, Change& change) {
    CallCommand command;
    command.at = {task.number, side};
    command.input = task.invoke->input
                        ? *task.invoke->input
                        : task.frame->scope->evaluate(plan_.definition.steps[task.node->step].with,
                                                      "the step's input");
    command.attempt = task.row(side)->attempt;
    command.undo = task.invoke->undo_input;
    if (side == Side::kCompensate && task.invoke->status == StepStatus::kDone) {
        command.output = task.invoke->result;
        if (!command.undo) command.undo = task.invoke->result;
    }
    change.calls.push_back(std::move(command));
    agenda_.begin_call(task, side, now_);
    write(task, side, change);
}

json Saga::error_of(const Task& task, Side side, const Error& error) const {
    json out = to_json(error);
    out["step"] = task.path;
    out["side"] = to_string(side);
    return out;
}

}  // namespace gantry::host
