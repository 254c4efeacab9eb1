// What people and other systems ask of a run: stop, stand still, go on another way.
#include "flow/saga.hpp"

#include "base/error_json.hpp"

namespace gantry::host {

std::optional<Change> Saga::cancel(const Error& cause, std::int64_t now) {
    if (is_over() || is_reverting()) return std::nullopt;
    Change change;
    now_ = now;
    run_.wanted = Wanted::kCancel;
    pausing_.reset();
    json told = to_json(cause);
    told["step"] = nullptr;
    revert(told, change);
    for (const auto& task : tasks_) {
        if (task.calling) change.cancel.push_back(task.number);
    }
    settle(change);
    return change;
}

std::optional<Change> Saga::pause(const std::string& reason, std::int64_t now) {
    if (is_over()) return std::nullopt;
    Change change;
    now_ = now;
    run_.wanted = Wanted::kPause;
    pausing_ = reason;
    settle(change);
    return change;
}

Change Saga::signalled(SignalRow signal, std::int64_t now) {
    Change change;
    now_ = now;
    if (!known_signals_.insert(signal.id).second) return change;
    if (!begun_) {  // begin() finds it
        signals_.push_back(std::move(signal));
        return change;
    }
    const auto it = listening_.find(signal.name);
    signals_.push_back(std::move(signal));
    if (it != listening_.end() && running() && !pausing_) {
        Task& task = tasks_[it->second];
        listening_.erase(it);
        if (task.invoke->wake_at) waiting_.erase({*task.invoke->wake_at, task.number});
        if (take_signal(task, change)) passed(&task, change);
    }
    settle(change);
    return change;
}

std::optional<Change> Saga::supply(const std::string& path, StepEnd end, std::int64_t now) {
    Task* task = find(path);
    if (task == nullptr || task->node->kind != Node::Kind::kStep || task->calling ||
        !task->invoke || task->invoke->status != StepStatus::kStarted || is_over() ||
        is_reverting()) {
        return std::nullopt;
    }
    Change change;
    now_ = now;
    const bool stood = !begun_;
    run_.status = RunStatus::kInvoking;
    if (task->invoke->wake_at) waiting_.erase({*task->invoke->wake_at, task->number});
    note(change, "supplied", {{"step", path}, {"failed", end.error.has_value()}});
    if (end.error) {
        gave_up(*task, Side::kInvoke, *end.error, change);
    } else if (stood) {
        record(*task, std::move(end), change);
        task->done = true;
        start_again(change);
    } else {
        record(*task, std::move(end), change);
        passed(task, change);
    }
    settle(change);
    return change;
}

std::optional<Change> Saga::retry(std::int64_t now) {
    if (run_.status != RunStatus::kFailed) return std::nullopt;
    Change change;
    now_ = now;
    for (auto& task : tasks_) {
        if (!task.compensate || task.compensate->status != StepStatus::kFailed) continue;
        auto& row = *task.compensate;
        row.status = StepStatus::kStarted;
        row.started_at = now;  // its time to try begins anew
        row.finished_at.reset();
        note(change, "retried", {{"step", task.path}});
    }
    undo_failed_ = false;
    run_.status = RunStatus::kCompensating;
    run_.finished_at.reset();
    settle(change);
    return change;
}

std::optional<Change> Saga::skip(const std::string& path, const std::string& note_text,
                                 std::int64_t now) {
    Task* skipped = find(path);
    if (run_.status != RunStatus::kFailed || skipped == nullptr || !skipped->compensate ||
        skipped->compensate->status != StepStatus::kFailed) {
        return std::nullopt;
    }
    Change change;
    now_ = now;
    skipped->compensate->status = StepStatus::kSkipped;
    write(*skipped, Side::kCompensate, change);
    note(change, "skipped", {{"step", path}, {"note", note_text}});
    bool left = false;
    for (const auto& task : tasks_) {
        left = left || (task.compensate && task.compensate->status == StepStatus::kFailed);
    }
    finish(left ? RunStatus::kFailed : RunStatus::kReverted, change);
    run_.updated_at = now;
    return change;
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
    for (std::size_t i = 0; i < root_.block->size(); ++i) {
        const auto& node = (*root_.block)[i];
        if (node.id == id) break;
        if (i >= root_.tasks.size() || !root_.tasks[i]->done) return node.id;
        add_rows(*root_.tasks[i], rows);
    }
    return std::nullopt;
}

std::string Saga::open_steps() const {
    std::string all;
    for (const auto& task : tasks_) {
        if (task.node->kind != Node::Kind::kStep) continue;
        const auto open = [](const std::optional<StepRow>& row) {
            return row && row->status == StepStatus::kStarted && !row->wake_at;
        };
        if (!open(task.invoke) && !open(task.compensate)) continue;
        const auto& traits = plan_.steps[task.node->step];
        all += (all.empty() ? "step " : ", step ") + task.path + " of " + traits.plugin + " " +
               traits.version + " (module " + traits.module + ")";
    }
    return all;
}

std::optional<std::size_t> Saga::calling(const std::string& path) const {
    for (const auto& task : tasks_) {
        if (task.path == path && task.calling) return task.number;
    }
    return std::nullopt;
}

Task* Saga::find(const std::string& path) {
    for (auto& task : tasks_) {
        if (task.path == path) return &task;
    }
    return nullptr;
}

}  // namespace gantry::host
