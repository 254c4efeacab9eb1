// The events of a run. Each costs its own step's work, never a walk over all of them.
#include "flow/saga.hpp"

#include "base/error_json.hpp"
#include "base/fault.hpp"

namespace gantry::host {
namespace {

// Longer waits stand as a row in the store, shorter ones in memory.
constexpr std::int64_t kParkAfterMs = 2000;

bool outcome_unknown(const Error& error) {
    return (error.flags() & GANTRY_EF_MAYBE_APPLIED) != 0 || error.code() == GANTRY_E_DEADLINE;
}

Error too_late() { return {GANTRY_E_DEADLINE, "the run did not end before its deadline"}; }

json without_step(const Error& error) {
    json out = to_json(error);
    out["step"] = nullptr;
    return out;
}

std::string one_line(const Task& task, const Error& error) {
    return "step " + task.path + ": " + code_name(error.code()) + ", " + error.message();
}

}  // namespace

Change Saga::begin(std::int64_t now) {
    Change change;
    now_ = now;
    begun_ = true;
    if (is_new_) {
        change.accept = true;
        is_new_ = false;
    } else if (run_.status == RunStatus::kPaused) {
        run_.crashes = 0;
        note(change, "resumed", json::object());
    } else if (run_.wanted == Wanted::kPause) {  // its host died before it stood still
        pausing_ = kPausedByPerson;
    }
    if (run_.crashes > 0) note(change, "taken_up", {{"crashes", run_.crashes}});
    if (!pausing_) start_again(change);
    settle(change);
    return change;
}

// From its rows to what is next.
void Saga::start_again(Change& change) {
    begun_ = true;
    run_.wanted = Wanted::kRun;
    run_.status = is_reverting() ? RunStatus::kCompensating : RunStatus::kInvoking;
    if (!running()) return;
    if (run_.deadline_at && *run_.deadline_at <= now_) {
        return revert(without_step(too_late()), change);
    }
    try {
        if (!resume(root_, change)) return;
        run_.output = evaluate(plan_.definition.result, scope_);
        finish(RunStatus::kDone, change);
    } catch (const Error& e) {
        revert(without_step(e), change);
    }
}

Change Saga::ended(StepSide at, StepEnd end, std::int64_t now, double random) {
    Change change;
    now_ = now;
    Task& task = tasks_[at.task];
    task.calling = false;
    --calls_;
    run_.crashes = 0;  // its host lived through the call
    if (at.side == Side::kCompensate) {
        if (end.error) {
            retry_or_give_up(task, at.side, *end.error, random, change);
        } else {
            auto& row = *task.compensate;
            row.status = StepStatus::kDone;
            row.finished_at = now;
            row.error.reset();
            write(task, at.side, change);
            undone(&task, change);
        }
    } else if (end.error) {
        const Error& error = *end.error;
        auto& row = *task.invoke;
        task.unknown = task.unknown || outcome_unknown(error);
        if ((error.flags() & GANTRY_EF_NOT_APPLIED) == 0) {
            task.touched = true;
        } else if (!task.touched) {
            row.undo_input.reset();  // nothing happened: the next attempt reads it anew
        }
        // A step that failed may still say what undoes the part it did.
        if (end.undo) row.undo_input = std::move(end.undo);
        retry_or_give_up(task, at.side, error, random, change);
    } else {
        record(task, std::move(end), change);
        if (running()) passed(&task, change);
    }
    settle(change);
    return change;
}

std::optional<Change> Saga::undo_recorded(std::size_t task, std::string undo, std::int64_t now) {
    auto& invoke = tasks_[task].invoke;
    if (!tasks_[task].calling || invoke->status != StepStatus::kStarted) return std::nullopt;
    now_ = now;
    invoke->undo_input = std::move(undo);
    Change change;
    write(tasks_[task], Side::kInvoke, change);
    return change;
}

Change Saga::wake(std::int64_t now) {
    Change change;
    now_ = now;
    if (running() && run_.deadline_at && *run_.deadline_at <= now) {
        if (auto cancelled = cancel(too_late(), now)) return std::move(*cancelled);
    }
    while (!waiting_.empty() && waiting_.begin()->first <= now && !is_over()) {
        Task& task = tasks_[waiting_.begin()->second];
        waiting_.erase(waiting_.begin());
        if (undoing_) {
            task.compensate->wake_at.reset();
            write(task, Side::kCompensate, change);
            call(task, Side::kCompensate, change);
            continue;
        }
        if (!running() || pausing_) continue;
        switch (task.node->kind) {
            case Node::Kind::kStep:
                task.invoke->wake_at.reset();
                write(task, Side::kInvoke, change);
                call(task, Side::kInvoke, change);
                break;
            case Node::Kind::kWait:
                gave_up(task, Side::kInvoke,
                        {GANTRY_E_DEADLINE, "no signal \"" + task.node->signal + "\" came in time",
                         GANTRY_EF_NOT_APPLIED},
                        change);
                break;
            default:
                task.invoke->result = "null";
                finish_row(task, StepStatus::kDone, change);
                passed(&task, change);
                break;
        }
    }
    settle(change);
    return change;
}

std::optional<std::int64_t> Saga::next_wake() const {
    std::optional<std::int64_t> next;
    if (!waiting_.empty()) next = waiting_.begin()->first;
    if (running() && run_.deadline_at) next = std::min(next.value_or(INT64_MAX), *run_.deadline_at);
    return next;
}

// Everything an event had to change is changed: where does that leave the run?
void Saga::settle(Change& change) {
    run_.updated_at = now_;
    run_.waits_for.reset();
    run_.wake_at.reset();
    if (is_over() || calls_ > 0) return;
    if (pausing_) return stand(RunStatus::kPaused, *pausing_, change);
    if (!running() && !undoing_) {
        begin_undo(change);
        if (is_over() || calls_ > 0) return;
    }
    if (running() && waiting_.empty() && listening_.empty()) {
        revert(without_step({GANTRY_E_INTERNAL, "nothing is left to do, yet the run is not over"}),
               change);
        return settle(change);
    }
    const auto next = next_wake();
    if (next && *next - now_ <= kParkAfterMs) return;
    run_.wake_at = next;
    std::string why = "time: ";
    if (!listening_.empty()) {
        why = "signal: " + listening_.begin()->first;
    } else if (!waiting_.empty()) {
        why += "step " + tasks_[waiting_.begin()->second].path;
    }
    stand(running() ? RunStatus::kWaiting : RunStatus::kCompensating, std::move(why), change);
}

// Nobody owns it any more, until it is claimed.
void Saga::stand(RunStatus status, std::string waits_for, Change& change) {
    run_.status = status;
    run_.owner.reset();
    if (status == RunStatus::kPaused) {
        run_.wanted = Wanted::kPause;
        run_.wake_at.reset();
        note(change, "paused", {{"reason", waits_for}});
    } else {
        note(change, "waits", {{"for", waits_for}});
    }
    run_.waits_for = std::move(waits_for);
    change.stands = true;
}

void Saga::finish(RunStatus status, Change& change) {
    run_.status = status;
    run_.finished_at = now_;
    run_.owner.reset();
    run_.wanted = Wanted::kRun;
    run_.waits_for.reset();
    run_.wake_at.reset();
    change.stands = true;
}

void Saga::retry_or_give_up(Task& task, Side side, const Error& error, double random,
                            Change& change) {
    auto& row = this->row(task, side);
    json told = error_of(task, side, error);
    const Attempt attempt{row.attempt, task.bugs, std::chrono::milliseconds(now_ - row.started_at),
                          random};
    if (error.error_class() == GANTRY_CLASS_BUG) ++task.bugs;
    auto decision = decide(policy(task, side), side, error, attempt);
    const bool invoke = side == Side::kInvoke;
    const bool never_again =
        invoke && (!running() || (task.touched && plan_.steps[task.node->step].at_most_once));
    if (never_again || decision.verdict == Verdict::kGiveUp) {
        return gave_up(task, side, error, change);
    }
    // What is known of the attempts so far, for whoever loads the row.
    if (invoke) told["so_far"] = task.unknown ? "unknown" : task.touched ? "something" : "nothing";
    if (task.bugs > 0) told["bugs"] = task.bugs;
    row.error = told.dump();
    write(task, side, change);
    if (decision.verdict == Verdict::kPause) {  // costs no attempt: the same one is made again
        row.wake_at = now_;
        pausing_ = "configuration: " + one_line(task, error);
        return;
    }
    ++row.attempt;
    wait_until(task, now_ + decision.delay.count());
    note(change, "retry",
         {{"step", task.path},
          {"side", to_string(side)},
          {"attempt", row.attempt},
          {"in_ms", decision.delay.count()},
          {"error", told}});
}

void Saga::gave_up(Task& task, Side side, const Error& error, Change& change) {
    auto& row = this->row(task, side);
    const json cause = error_of(task, side, error);
    row.error = cause.dump();
    row.finished_at = now_;
    row.wake_at.reset();
    if (side == Side::kCompensate) {
        row.status = StepStatus::kFailed;
        undo_failed_ = true;
        write(task, side, change);
        return undone(&task, change);
    }
    // What the last attempt says of itself is not what the earlier ones did.
    row.status =
        task.unknown || outcome_unknown(error) ? StepStatus::kUnknown : StepStatus::kFailed;
    write(task, side, change);
    if (running()) revert(cause, change);
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

Mutation Saga::mutation(const Change& change) const {
    Mutation out;
    out.accept = change.accept;
    if (change.accept) {
        out.run = run_;
    } else {  // what an update writes; the input, which may be large, is not copied
        out.run.id = run_.id;
        out.run.fence = run_.fence;
        out.run.status = run_.status;
        out.run.output = run_.output;
        out.run.error = run_.error;
        out.run.owner = run_.owner;
        out.run.crashes = run_.crashes;
        out.run.wanted = run_.wanted;
        out.run.wake_at = run_.wake_at;
        out.run.waits_for = run_.waits_for;
        out.run.updated_at = run_.updated_at;
        out.run.finished_at = run_.finished_at;
    }
    out.steps.reserve(change.rows.size());
    for (const auto& at : change.rows) {
        const auto& task = tasks_[at.task];
        if (fault::without("started") && at.side == Side::kInvoke &&
            task.invoke->status == StepStatus::kStarted) {
            continue;
        }
        out.steps.push_back(at.side == Side::kInvoke ? *task.invoke : *task.compensate);
    }
    out.events = change.events;
    out.consumed = change.consumed;
    return out;
}

void Saga::write(const Task& task, Side side, Change& change) {
    const bool again = !change.rows.empty() && change.rows.back().task == task.number &&
                       change.rows.back().side == side;
    if (!again) change.rows.push_back({task.number, side});
}

std::string Saga::key(StepSide at) const {
    return run_.id + "/" + tasks_[at.task].path +
           (at.side == Side::kCompensate ? "/compensate" : "");
}

const StepDefinition& Saga::step(std::size_t task) const {
    return plan_.definition.steps[tasks_[task].node->step];
}

const StepTraits& Saga::traits(std::size_t task) const {
    return plan_.steps[tasks_[task].node->step];
}

json Saga::error_of(const Task& task, Side side, const Error& error) const {
    json out = to_json(error);
    out["step"] = task.path;
    out["side"] = to_string(side);
    return out;
}

void Saga::note(Change& change, std::string kind, const json& detail) const {
    change.events.push_back({now_, std::move(kind), detail.dump()});
}

}  // namespace gantry::host
