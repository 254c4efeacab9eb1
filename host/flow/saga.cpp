// The events of a run. Each costs its own step's work, never a walk over all of them.
#include "flow/saga.hpp"

#include "base/error_json.hpp"
#include "base/fault.hpp"
#include "base/json_text.hpp"
#include "flow/search.hpp"

namespace gantry::host {
namespace {

// Longer waits stand as a row in the store, shorter ones in memory.
constexpr std::int64_t kParkAfterMs = 2000;

Error too_late() { return {GANTRY_E_DEADLINE, "the run did not end before its deadline"}; }

json without_step(const Error& error) {
    json out = to_json(error);
    out["step"] = nullptr;
    return out;
}

SagaState state_of(const RunRow& run, bool has_steps) {
    switch (run.status) {
        case RunStatus::kDone:
            return Over{Ending::kDone};
        case RunStatus::kReverted:
            return Over{Ending::kReverted};
        case RunStatus::kFailed:
            return Over{Ending::kFailed};
        default:
            break;
    }
    if (!has_steps && !run.error && run.fence == 0) return Fresh{};
    return AtRest{run.error.has_value(), run.status == RunStatus::kPaused};
}

}  // namespace

Saga::Saga(const Plan& plan, const RetryPolicies& policies, RunRow run, std::vector<StepRow> steps,
           std::vector<SignalRow> signals, Misfit misfit)
    : plan_(plan),
      policies_(policies),
      misfit_(std::move(misfit)),
      run_(std::move(run)),
      tree_(plan.definition, run_.input),
      agenda_(tree_),
      state_(state_of(run_, !steps.empty())),
      written_at_(run_.updated_at),
      signals_(std::move(signals)) {
    for (const auto& signal : signals_) known_signals_.insert(signal.id);
    if (const auto stray = tree_.load(std::move(steps))) {
        throw Error(GANTRY_E_CONFIG, "run " + run_.id + " has a step \"" + *stray +
                                         "\" that its definition does not have");
    }
}

template <typename Way>
const Way* Saga::way() const {
    const auto* going = std::get_if<Going>(&state_);
    return going != nullptr ? std::get_if<Way>(&going->way) : nullptr;
}
template const Forward* Saga::way<Forward>() const;
template const Draining* Saga::way<Draining>() const;
template const Undoing* Saga::way<Undoing>() const;

bool Saga::has_failed() const {
    const auto* over = std::get_if<Over>(&state_);
    return over != nullptr && over->ending == Ending::kFailed;
}

bool Saga::is_reverting() const {
    if (const auto* over = std::get_if<Over>(&state_)) return over->ending != Ending::kDone;
    if (const auto* rest = std::get_if<AtRest>(&state_)) return rest->reverting;
    return std::holds_alternative<Going>(state_) && !forward();
}

bool Saga::may_go() const {
    const auto* going = std::get_if<Going>(&state_);
    return going != nullptr && !going->pausing;
}

Change Saga::begin(std::int64_t now, const Asker& asked) {
    Change change;
    now_ = now;
    const auto* rest = std::get_if<AtRest>(&state_);
    const bool was_paused = rest != nullptr && rest->paused;
    if (was_paused) {
        run_.crashes = 0;
        note(change, "resumed", asked.with(), /*stays=*/true);
    }
    if (run_.crashes > 0) note(change, "taken_up", {{"crashes", run_.crashes}});
    const bool late = is_late() && !is_reverting();
    if (!was_paused && rest != nullptr && run_.wanted == Wanted::kPause) {
        // Its host died before it stood still.
        set_going(change);
        pause_for(kPausedByPerson, change);
    } else if (!misfit_.is_none() && !late) {
        set_going(change);
    } else {
        start_again(change);
    }
    settle(change);
    return checked(std::move(change));
}

// What its rows tell becomes what is under way: nothing yet.
void Saga::set_going(Change& change) {
    change.accept = change.accept || std::holds_alternative<Fresh>(state_);
    const bool back = is_reverting();
    run_.wanted = Wanted::kRun;
    run_.status = back ? RunStatus::kCompensating : RunStatus::kInvoking;
    state_ = back ? Going{Draining{}} : Going{Forward{}};
    for (auto& task : tree_.tasks()) {
        for (const auto side : {Side::kInvoke, Side::kCompensate}) {
            auto& row = task.row(side);
            if (!row || !row->under_way) continue;
            // Its host died meanwhile: it may have had its effect, and another attempt is made.
            row->under_way = false;
            row->so_far = Effect::kUnknown;
            ++row->attempt;
        }
    }
}

// From its rows to what is next.
void Saga::start_again(Change& change) {
    set_going(change);
    if (!forward()) return;
    if (is_late()) return revert(without_step(too_late()), change);
    try {
        if (resume(tree_.root(), change)) done(change);
    } catch (const Error& e) {
        revert(without_step(e), change);
    }
}

Change Saga::wake(std::int64_t now) {
    Change change;
    now_ = now;
    if (!std::holds_alternative<Going>(state_)) return change;
    if (forward() && is_late()) stop(too_late(), change);
    while (Task* task = agenda_.take_due(now)) {
        if (!may_go() || way<Draining>() != nullptr) continue;  // its row keeps its time
        if (way<Undoing>() != nullptr) {
            call(*task, Side::kCompensate, change);
        } else if (task->is_step()) {
            if (ask(*task, change)) passed(task, change);
        } else if (task->node->kind == Node::Kind::kWait) {
            gave_up(*task,
                    {GANTRY_E_DEADLINE, "no signal \"" + task->node->signal + "\" came in time",
                     GANTRY_EF_NOT_APPLIED},
                    change);
        } else {
            task->invoke->result = "null";
            finish_row(*task, StepStatus::kDone, change);
            passed(task, change);
        }
    }
    settle(change);
    return checked(std::move(change));
}

// Reverts, and tells the calls under way.
void Saga::stop(const Error& cause, Change& change) {
    revert(without_step(cause), change);
    change.cancel.assign(agenda_.calls().begin(), agenda_.calls().end());
}

std::optional<std::int64_t> Saga::next_wake() const {
    std::optional<std::int64_t> next;
    if (!agenda_.waiting().empty()) next = agenda_.waiting().begin()->first;
    if (forward() && run_.deadline_at) next = std::min(next.value_or(INT64_MAX), *run_.deadline_at);
    return next;
}

// Everything an event had to change is changed: where does that leave the run?
void Saga::settle(Change& change) {
    run_.updated_at = now_;
    if (is_over()) return;
    run_.waits_for.reset();
    run_.wake_at.reset();
    if (!agenda_.calls().empty()) return;
    if (going().pausing) return stand(RunStatus::kPaused, std::string(*going().pausing), change);
    if (way<Draining>() != nullptr) {
        begin_undo(change);
        if (is_over() || !agenda_.calls().empty()) return;
    }
    const auto parked = forward() ? RunStatus::kWaiting : RunStatus::kCompensating;
    if (forward() && !misfit_.is_none()) {
        run_.wake_at = run_.deadline_at;
        return stand(parked, "plugin: " + misfit_.why, change);
    }
    if (agenda_.is_empty()) {
        if (const auto why = blocked(); !why.empty()) {
            return stand(parked, "plugin: " + why, change);
        }
        const char* const why = "nothing is left to do, yet the run is not over";
        if (!forward()) return stand(RunStatus::kPaused, std::string("internal: ") + why, change);
        revert(without_step({GANTRY_E_INTERNAL, why}), change);
        return settle(change);
    }
    const auto next = next_wake();
    if (next && *next - now_ <= kParkAfterMs) return;
    run_.wake_at = next;
    const auto& waiting = agenda_.waiting();
    const Task* first = waiting.empty() ? nullptr : &tree_[waiting.begin()->second];
    if (first != nullptr && first->is_step()) {
        stand(parked, "delay: step " + first->path, change);
    } else if (!agenda_.listening().empty()) {
        stand(parked, "signal: " + agenda_.listening().begin()->first, change);
    } else {
        stand(parked, "time: step " + first->path, change);
    }
}

// Nobody owns it any more, until it is claimed.
void Saga::stand(RunStatus status, std::string waits_for, Change& change) {
    agenda_.clear_waiting();
    const bool paused = status == RunStatus::kPaused;
    state_ = AtRest{is_reverting(), paused};
    run_.status = status;
    run_.owner.reset();
    if (paused) {
        run_.wanted = Wanted::kPause;
        run_.wake_at.reset();
        note(change, "paused", {{"reason", waits_for}});
    } else {
        note(change, "waits", {{"for", waits_for}});
    }
    run_.waits_for = std::move(waits_for);
    change.stands = true;
}

void Saga::finish(Ending ending, Change& change) {
    agenda_.clear_waiting();
    state_ = Over{ending};
    run_.status = ending == Ending::kDone       ? RunStatus::kDone
                  : ending == Ending::kReverted ? RunStatus::kReverted
                                                : RunStatus::kFailed;
    if (ending == Ending::kFailed) note(change, "ended", {{"state", "failed"}}, /*stays=*/true);
    run_.finished_at = now_;
    run_.owner.reset();
    run_.wanted = Wanted::kRun;
    run_.waits_for.reset();
    run_.wake_at.reset();
    change.stands = true;
}

Mutation Saga::mutation(const Change& change) {
    Mutation out;
    out.accept = change.accept;
    ++run_.revision;
    if (change.accept) {
        out.run = run_;
        out.fields = fields_of(plan_.definition, run_.input);
    } else {  // what an update writes; the input, which may be large, is not copied
        out.run.id = run_.id;
        out.run.workflow = run_.workflow;
        out.run.turn = run_.turn;
        out.run.fence = run_.fence;
        out.run.revision = run_.revision;
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
        const auto& row = *tree_[at.task].row(at.side);
        if (fault::without("started") && at.side == Side::kInvoke &&
            row.status == StepStatus::kStarted) {
            continue;
        }
        out.steps.push_back(row);
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
    return run_.id + "/" + tree_[at.task].path +
           (at.side == Side::kCompensate ? "/compensate" : "");
}

const StepDefinition& Saga::step(std::size_t task) const {
    return plan_.definition.steps[tree_[task].node->step];
}

const StepTraits& Saga::traits(std::size_t task) const {
    return plan_.steps[tree_[task].node->step];
}

// More than that of one claim are not told.
void Saga::note(Change& change, std::string kind, const json& detail, bool stays) {
    if (events_ == kEventsPerClaim - kSignalsPerClaim) return;
    change.events.push_back(
        {run_.fence * kEventsPerClaim + events_++, now_, std::move(kind), dumped(detail), stays});
}

}  // namespace gantry::host
