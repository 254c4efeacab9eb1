// Going back: frames are undone from their last task to their first, the frames of a group side by
// side. So a step is undone only after everything that could have used it.
#include "base/fault.hpp"
#include "base/json_text.hpp"
#include "flow/saga.hpp"

namespace gantry::host {

// From here on nothing new begins; the calls under way are awaited, then undoing begins.
void Saga::revert(const json& cause, Change& change) {
    going().way = Draining{};
    run_.status = RunStatus::kCompensating;
    run_.error = dumped(cause);
    withdraw_calls(change);
    note(change, "reverting", {{"cause", cause}});
}

void Saga::begin_undo(Change& change) {
    agenda_.clear_waiting();
    Undoing undoing;
    for (auto& task : tree_.tasks()) {
        if (task.compensate && task.compensate->status == StepStatus::kFailed) ++undoing.failed;
        if (!task.invoke || task.invoke->status != StepStatus::kStarted) continue;
        // What had not come to its end: an attempt that a crash or the revert cut short.
        finish_row(task,
                   !task.is_step()                           ? StepStatus::kSkipped
                   : task.invoke->so_far == Effect::kUnknown ? StepStatus::kUnknown
                                                             : StepStatus::kFailed,
                   change);
    }
    going().way = undoing;
    auto& root = tree_.root();
    root.to_undo = root.tasks.size();
    if (undo(root, change)) all_undone(change);
}

void Saga::all_undone(Change& change) {
    finish(way<Undoing>()->failed > 0 ? Ending::kFailed : Ending::kReverted, change);
}

bool Saga::undo(Frame& frame, Change& change) {
    for (; frame.to_undo > 0; --frame.to_undo) {
        const auto at =
            fault::without("reverse") ? frame.tasks.size() - frame.to_undo : frame.to_undo - 1;
        if (!undo(*frame.tasks[at], change)) return false;
    }
    return true;
}

bool Saga::undo(Task& task, Change& change) {
    if (task.node->kind == Node::Kind::kForEach) {
        task.open = 0;
        task.next = task.frames.size();
        return undo_items(task, change);
    }
    if (!task.is_step()) {
        task.open = task.frames.size();
        for (const auto& frame : task.frames) {
            frame->to_undo = frame->tasks.size();
            if (undo(*frame, change)) --task.open;
        }
        return task.open == 0;
    }
    if (!needs_undo(task)) return true;
    if (!may_call()) return false;
    if (!task.compensate) {
        StepRow fresh;
        fresh.path = task.path;
        fresh.side = Side::kCompensate;
        fresh.module = task.invoke->module;
        fresh.name = task.invoke->name;
        fresh.started_at = now_;
        task.compensate = std::move(fresh);
    } else if (waits_for_delay(task, Side::kCompensate, change)) {
        return false;
    }
    call(task, Side::kCompensate, change);
    return false;
}

// The last items first, as many at once as ran at once.
bool Saga::undo_items(Task& task, Change& change) {
    while (task.open < task.node->limit && task.next > 0) {
        auto& frame = *task.frames[--task.next];
        frame.to_undo = frame.tasks.size();
        ++task.open;
        if (undo(frame, change)) --task.open;
    }
    return task.open == 0 && task.next == 0;
}

// `task` is undone, or was given up: what stands before it, in its frame and in those around it.
void Saga::undone(Task* task, Change& change) {
    for (;;) {
        Frame& frame = *task->frame;
        --frame.to_undo;
        if (!undo(frame, change)) return;
        Task* owner = frame.owner;
        if (owner == nullptr) return all_undone(change);
        --owner->open;
        const bool ended = owner->node->kind == Node::Kind::kForEach ? undo_items(*owner, change)
                                                                     : owner->open == 0;
        if (!ended) return;
        task = owner;
    }
}

bool Saga::needs_undo(const Task& task) const {
    const auto& traits = plan_.steps[task.node->step];
    if ((!traits.compensable && traits.missing.empty()) || !task.invoke) return false;
    if (task.invoke->attempt == 0) return false;  // copied from another run, whose own it is
    if (task.compensate && task.compensate->status != StepStatus::kStarted) return false;
    switch (task.invoke->status) {
        case StepStatus::kDone:
        case StepStatus::kUnknown:
            return true;
        case StepStatus::kFailed:
            return task.invoke->undo_input.has_value();
        default:
            return false;
    }
}

}  // namespace gantry::host
