// Going back: frames are undone from their last task to their first, the frames of a group side by
// side. So a step is undone only after everything that could have used it.
#include "base/describe.hpp"
#include "base/fault.hpp"
#include "base/json_text.hpp"
#include "base/nearest.hpp"
#include "flow/saga.hpp"

namespace gantry::host {
namespace {

StepRow undo_row(const Task& task, std::int64_t now) {
    StepRow fresh;
    fresh.path = task.path;
    fresh.side = Side::kCompensate;
    fresh.module = task.invoke->module;
    fresh.name = task.invoke->name;
    fresh.started_at = now;
    fresh.place = -static_cast<std::int64_t>(task.number);  // the last is undone first
    return fresh;
}

}  // namespace

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
    if (!may_undo(task)) return false;
    if (!task.compensate) {
        task.compensate = undo_row(task, now_);
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

const std::string& Saga::misfit_of(const Task& task) const {
    return misfit_.steps.empty() ? misfit_.why : misfit_.steps[task.node->step];
}

bool Saga::may_undo(const Task& task) const { return may_go() && misfit_of(task).empty(); }

// Why nothing more can be undone here; empty: something can, or is.
std::string Saga::blocked() const {
    if (way<Undoing>() == nullptr || misfit_.is_none()) return {};
    constexpr std::size_t kNamed = 20;
    std::string why;
    std::string others;
    std::size_t count = 0;
    for (auto task = tree_.tasks().rbegin(); task != tree_.tasks().rend(); ++task) {
        if (!task->is_step() || misfit_of(*task).empty() || !needs_undo(*task)) continue;
        if (why.empty()) {
            why = "step " + task->path + " cannot be undone here: " + misfit_of(*task);
        } else if (++count <= kNamed) {
            others += (others.empty() ? "" : ", ") + task->path;
        }
    }
    if (count > kNamed) others += " and " + std::to_string(count - kNamed) + " more";
    return others.empty() ? why : why + " (nor can " + others + ")";
}

// The word for all that cannot be undone here becomes their paths.
std::vector<std::string> Saga::to_give_up(const std::vector<std::string>& named) const {
    std::vector<std::string> paths;
    for (const auto& path : named) {
        if (path != kAllGone) {
            check_given_up(path);
            paths.push_back(path);
            continue;
        }
        for (const auto& task : tree_.tasks()) {
            if (task.is_step() && !misfit_of(task).empty() && may_need_undo(task)) {
                paths.push_back(task.path);
            }
        }
    }
    return paths;
}

bool Saga::may_need_undo(const Task& task) const {
    return task.invoke && (task.invoke->status == StepStatus::kStarted || needs_undo(task));
}

void Saga::check_given_up(const std::string& path) const {
    const Task* task = tree_.find(path);
    const auto refuse = [&](const std::string& why) {
        throw Error(GANTRY_E_INVALID_DATA,
                    "step " + in_quotes(path) + " cannot be given up: " + why,
                    GANTRY_EF_NOT_APPLIED);
    };
    if (task == nullptr || !task->is_step() || !task->invoke) {
        std::vector<std::string> known;
        for (const auto& one : tree_.tasks()) {
            if (one.is_step() && may_need_undo(one)) known.push_back(one.path);
        }
        refuse("the run has carried out no such step." + did_you_mean_or_known(path, known));
    }
    if (agenda_.has_call(*task)) refuse("its call is under way; ask again when it has ended");
    if (!may_need_undo(*task)) refuse("there is nothing of it to undo");
}

void Saga::give_up_undo(Task& task, const Asker& asked, Change& change) {
    agenda_.stop_waiting(task);
    if (!task.compensate) task.compensate = undo_row(task, now_);
    task.compensate->status = StepStatus::kSkipped;
    task.compensate->finished_at = now_;
    task.compensate->wake_at.reset();
    write(task, Side::kCompensate, change);
    note(change, "given_up", asked.with({{"step", task.path}}), /*stays=*/true);
}

// Whether what stands before it waits for this one alone.
bool Saga::is_next_to_undo(const Task& task) const {
    const auto& frame = *task.frame;
    return way<Undoing>() != nullptr && frame.to_undo > 0 &&
           frame.tasks[frame.to_undo - 1] == &task;
}

// A run that undoes may have waited for this one.
void Saga::go_on_before(Task& closed, Change& change) {
    if (is_next_to_undo(closed)) undone(&closed, change);
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
