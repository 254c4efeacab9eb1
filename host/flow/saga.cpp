// Steps run in the order written and are undone in the reverse one. Each event costs its own step's
// work, never a walk over all of them.
#include "flow/saga.hpp"

#include "base/error_json.hpp"

namespace gantry::host {
namespace {

constexpr std::size_t kMaxPayload = 1 << 20;

bool outcome_unknown(const Error& error) {
    return (error.flags() & GANTRY_EF_MAYBE_APPLIED) != 0 || error.code() == GANTRY_E_DEADLINE;
}

}  // namespace

Saga::Saga(const Plan& plan, const RetryPolicies& policies, RunRow run, std::vector<StepRow> steps)
    : plan_(plan),
      policies_(policies),
      run_(std::move(run)),
      is_new_(steps.empty()),
      nodes_(plan.definition.steps.size()) {
    for (auto& step : steps) {
        const auto it = plan_.definition.index.find(step.path);
        if (it == plan_.definition.index.end()) {
            throw Error(GANTRY_E_CONFIG, "run " + run_.id + " has a step \"" + step.path +
                                             "\" that its definition does not have");
        }
        auto& node = nodes_[it->second];
        // An attempt that was under way when its host died may have had its effect.
        if (step.side == Side::kInvoke && step.status == StepStatus::kStarted) {
            node.touched = true;
            node.unknown = true;
        }
        (step.side == Side::kInvoke ? node.invoke : node.compensate) = std::move(step);
    }
}

Change Saga::begin(std::int64_t now) {
    Change change;
    run_.updated_at = now;
    if (is_new_) {
        change.accept = true;
        advance(change, now);
        return change;
    }
    // A pause costs no attempt: the one that met the configuration error is made again.
    const bool paused = run_.status == RunStatus::kPaused;
    const int used = paused ? 0 : 1;
    bool compensating = false;
    next_ = nodes_.size();
    for (std::size_t i = nodes_.size(); i-- > 0;) {
        const auto& node = nodes_[i];
        if (!node.invoke || node.invoke->status == StepStatus::kStarted) next_ = i;
        compensating = compensating || node.compensate ||
                       (node.invoke && (node.invoke->status == StepStatus::kFailed ||
                                        node.invoke->status == StepStatus::kUnknown));
        undo_failed_ =
            undo_failed_ || (node.compensate && node.compensate->status == StepStatus::kFailed);
    }
    if (compensating || run_.status == RunStatus::kCompensating) {
        run_.status = RunStatus::kCompensating;
        next_ = nodes_.size();
        resumed_attempts_ = used;
        compensate_next(change, now);
        return change;
    }
    run_.status = RunStatus::kInvoking;
    run_.error.reset();
    if (next_ < nodes_.size() && nodes_[next_].invoke) {
        if (plan_.steps[next_].at_most_once) {
            gave_up(change, {next_, Side::kInvoke},
                    {GANTRY_E_UNAVAILABLE,
                     "the host stopped while this step ran, and it runs at most once",
                     GANTRY_EF_MAYBE_APPLIED},
                    now);
        } else {
            nodes_[next_].invoke->attempt += used;
            call_again(change, {next_, Side::kInvoke}, {});
        }
        return change;
    }
    advance(change, now);
    return change;
}

Change Saga::ended(StepSide at, StepEnd end, std::int64_t now, double random) {
    Change change;
    run_.updated_at = now;
    if (!end.error) {
        succeeded(change, at, std::move(end), now);
        return change;
    }
    const Error& error = *end.error;
    auto& node = nodes_[at.step];
    auto& step = *row(at);
    if (at.side == Side::kInvoke) {
        node.unknown = node.unknown || outcome_unknown(error);
        if ((error.flags() & GANTRY_EF_NOT_APPLIED) == 0) {
            node.touched = true;
        } else if (!node.touched) {
            step.undo_input.reset();  // nothing happened: the next attempt reads it anew
        }
        // A step that failed may still say what undoes the part it did.
        if (end.undo) step.undo_input = std::move(end.undo);
    }
    step.error = error_of(at, error).dump();
    const Attempt attempt{step.attempt, node.bugs, std::chrono::milliseconds(now - step.started_at),
                          random};
    if (error.error_class() == GANTRY_CLASS_BUG) ++node.bugs;
    auto decision = decide(policies_, at.side, error, attempt);
    if (decision.verdict == Verdict::kRetry && at.side == Side::kInvoke && node.touched &&
        plan_.steps[at.step].at_most_once) {
        decision.verdict = Verdict::kGiveUp;
    }
    switch (decision.verdict) {
        case Verdict::kRetry:
            ++step.attempt;
            call_again(change, at, decision.delay);
            break;
        case Verdict::kPause:
            pause(at, error);
            change.rows.push_back(at);
            break;
        case Verdict::kGiveUp:
            gave_up(change, at, error, now);
            break;
    }
    return change;
}

std::optional<Change> Saga::undo_recorded(std::size_t step, std::string undo, std::int64_t now) {
    auto& invoke = nodes_[step].invoke;
    if (!invoke || invoke->status != StepStatus::kStarted) return std::nullopt;
    invoke->undo_input = std::move(undo);
    run_.updated_at = now;
    Change change;
    change.rows.push_back({step, Side::kInvoke});
    return change;
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
        out.run.updated_at = run_.updated_at;
        out.run.finished_at = run_.finished_at;
    }
    for (const auto& at : change.rows) {
        const auto& node = nodes_[at.step];
        out.steps.push_back(at.side == Side::kInvoke ? *node.invoke : *node.compensate);
    }
    return out;
}

std::string Saga::key(StepSide at) const {
    return run_.id + "/" + plan_.definition.steps[at.step].id +
           (at.side == Side::kCompensate ? "/compensate" : "");
}

void Saga::advance(Change& change, std::int64_t now) {
    if (next_ < nodes_.size()) return start_invoke(change, next_, now);
    try {
        run_.output = evaluate(plan_.definition.result);
        finish(change, RunStatus::kDone, now);
    } catch (const Error& e) {
        json cause = to_json(e);
        cause["step"] = nullptr;
        revert(change, cause, nodes_.size(), now);
    }
}

void Saga::start_invoke(Change& change, std::size_t step, std::int64_t now) {
    const StepSide at{step, Side::kInvoke};
    const auto& traits = plan_.steps[step];
    StepRow fresh;
    fresh.path = plan_.definition.steps[step].id;
    fresh.side = at.side;
    fresh.module = traits.module;
    fresh.name = traits.name;
    fresh.started_at = now;
    nodes_[step].invoke = std::move(fresh);
    change.rows.push_back(at);
    try {
        change.call = command(at);
    } catch (const Error& e) {  // its input cannot be made: it fails without being called
        gave_up(change, at, e, now);
    }
}

void Saga::call_again(Change& change, StepSide at, std::chrono::milliseconds delay) {
    change.rows.push_back(at);
    change.call = command(at);
    change.call->delay = delay;
}

void Saga::succeeded(Change& change, StepSide at, StepEnd end, std::int64_t now) {
    auto& step = *row(at);
    step.status = StepStatus::kDone;
    step.finished_at = now;
    step.error.reset();
    change.rows.push_back(at);
    if (at.side == Side::kCompensate) return compensate_next(change, now);
    step.result = std::move(end.output);
    if (end.undo) step.undo_input = std::move(end.undo);
    next_ = at.step + 1;
    advance(change, now);
}

void Saga::gave_up(Change& change, StepSide at, const Error& error, std::int64_t now) {
    auto& step = *row(at);
    const json cause = error_of(at, error);
    step.error = cause.dump();
    step.finished_at = now;
    if (at.side == Side::kCompensate) {
        step.status = StepStatus::kFailed;
        undo_failed_ = true;
        change.rows.push_back(at);
        return compensate_next(change, now);
    }
    // What the last attempt says of itself is not what the earlier ones did.
    step.status = nodes_[at.step].unknown ? StepStatus::kUnknown : StepStatus::kFailed;
    if (change.rows.empty()) change.rows.push_back(at);
    revert(change, cause, at.step + 1, now);
}

void Saga::pause(StepSide at, const Error& error) {
    run_.status = RunStatus::kPaused;
    run_.owner.reset();
    if (at.side == Side::kCompensate) return;  // the cause of the revert stays
    json reason = error_of(at, error);
    reason["paused"] = "configuration";
    run_.error = reason.dump();
}

void Saga::revert(Change& change, const json& cause, std::size_t from, std::int64_t now) {
    run_.status = RunStatus::kCompensating;
    run_.error = cause.dump();
    next_ = from;
    compensate_next(change, now);
}

void Saga::compensate_next(Change& change, std::int64_t now) {
    for (; next_ > 0; --next_) {
        const StepSide at{next_ - 1, Side::kCompensate};
        auto& node = nodes_[at.step];
        if (!needs_undo(node, plan_.steps[at.step])) continue;
        if (node.compensate) {  // loaded: it was under way
            node.compensate->attempt += resumed_attempts_;
        } else {
            StepRow fresh;
            fresh.path = node.invoke->path;
            fresh.side = at.side;
            fresh.module = node.invoke->module;
            fresh.name = node.invoke->name;
            fresh.started_at = now;
            node.compensate = std::move(fresh);
            node.bugs = 0;
        }
        return call_again(change, at, {});
    }
    finish(change, undo_failed_ ? RunStatus::kFailed : RunStatus::kReverted, now);
}

void Saga::finish(Change& change, RunStatus status, std::int64_t now) {
    run_.status = status;
    run_.finished_at = now;
    run_.owner.reset();
    change.over = true;
}

bool Saga::needs_undo(const Node& node, const StepTraits& traits) const {
    if (!traits.compensable || !node.invoke) return false;
    if (node.compensate && node.compensate->status != StepStatus::kStarted) return false;
    switch (node.invoke->status) {
        case StepStatus::kDone:
        case StepStatus::kUnknown:
            return true;
        case StepStatus::kFailed:
            return node.invoke->undo_input.has_value();
        default:
            return false;
    }
}

CallCommand Saga::command(StepSide at) const {
    const auto& node = nodes_[at.step];
    CallCommand out;
    out.at = at;
    out.input = evaluate(plan_.definition.steps[at.step].with);
    if (out.input.size() > kMaxPayload) {
        throw Error(
            GANTRY_E_TOO_LARGE,
            "the step's input has " + std::to_string(out.input.size()) + " bytes; at most 1048576",
            GANTRY_EF_NOT_APPLIED);
    }
    out.undo = node.invoke->undo_input;
    if (at.side == Side::kInvoke) {
        out.attempt = node.invoke->attempt;
        return out;
    }
    out.attempt = node.compensate->attempt;
    out.output = node.invoke->result;
    if (!out.undo) out.undo = node.invoke->result;
    return out;
}

std::string Saga::evaluate(const Template& compiled) const {
    return compiled.evaluate([this](const Reference& reference) -> std::string_view {
        if (!reference.step) return run_.input;
        const auto& node = nodes_[plan_.definition.index.at(*reference.step)];
        // A definition refers to earlier steps only, and those are done.
        return node.invoke->result ? std::string_view(*node.invoke->result) : "null";
    });
}

std::optional<StepRow>& Saga::row(StepSide at) {
    auto& node = nodes_[at.step];
    return at.side == Side::kInvoke ? node.invoke : node.compensate;
}

json Saga::error_of(StepSide at, const Error& error) const {
    json out = to_json(error);
    out["step"] = plan_.definition.steps[at.step].id;
    out["side"] = to_string(at.side);
    return out;
}

}  // namespace gantry::host
