// Building a saga from its rows. Nothing is computed again that a row tells.
#include "base/json_text.hpp"
#include "flow/saga.hpp"

namespace gantry::host {

Saga::Saga(const Plan& plan, const RetryPolicies& policies, RunRow run, std::vector<StepRow> steps,
           std::vector<SignalRow> signals)
    : plan_(plan),
      policies_(policies),
      run_(std::move(run)),
      is_new_(steps.empty() && run_.error == std::nullopt && !run_.fence),
      signals_(std::move(signals)) {
    for (const auto& signal : signals_) known_signals_.insert(signal.id);
    scope_.input = run_.input;
    root_.block = &plan_.definition.block;
    root_.scope = &scope_;
    Rows rows;
    for (auto& step : steps) {
        auto& both = rows[step.path];
        (step.side == Side::kInvoke ? both.first : both.second) = std::move(step);
    }
    load(root_, rows);
    if (!rows.empty()) {
        throw Error(GANTRY_E_CONFIG, "run " + run_.id + " has a step \"" + rows.begin()->first +
                                         "\" that its definition does not have");
    }
}

bool Saga::has_begun(const Node& node, const std::string& prefix, const Rows& rows) const {
    if (rows.contains(prefix + node.id)) return true;
    if (node.kind != Node::Kind::kParallel) return false;
    for (const auto& branch : node.blocks) {
        if (!branch.empty() && has_begun(branch.front(), prefix, rows)) return true;
    }
    return false;
}

// A group that failed before its first step: its list or its input could not be made.
bool Saga::never_began(const Task& task, const Rows& rows) const {
    const bool failed = task.invoke && task.invoke->status != StepStatus::kStarted &&
                        task.invoke->status != StepStatus::kDone;
    switch (task.node->kind) {
        case Node::Kind::kForEach:
            return failed && !has_begun(task.node->blocks[0].front(), task.path + "[0]/", rows);
        case Node::Kind::kWorkflow:
            return failed && !has_begun(task.node->blocks[0].front(), task.path + "/", rows);
        default:
            return false;
    }
}

void Saga::load(Frame& frame, Rows& rows) {
    for (const auto& node : *frame.block) {
        if (!has_begun(node, frame.prefix, rows)) return;
        load(add_task(frame), rows);
    }
}

void Saga::load(Task& task, Rows& rows) {
    if (const auto it = rows.find(task.path); it != rows.end()) {
        task.invoke = std::move(it->second.first);
        task.compensate = std::move(it->second.second);
        rows.erase(it);
    }
    const bool row_done = task.invoke && task.invoke->status == StepStatus::kDone;
    if (never_began(task, rows)) return;
    switch (task.node->kind) {
        case Node::Kind::kStep: {
            const auto* open = task.compensate ? &*task.compensate
                               : task.invoke   ? &*task.invoke
                                               : nullptr;
            const json told =
                open != nullptr && open->error ? json::parse(*open->error) : json::object();
            task.bugs = told.value("bugs", 0);
            if (task.invoke && task.invoke->status == StepStatus::kStarted) {
                // An attempt under way when its host died may have had its effect; of one that
                // waited for its time the row says what is known.
                const std::string so_far = !task.invoke->wake_at ? "unknown"
                                           : task.invoke->error  ? told.value("so_far", "unknown")
                                                                 : "nothing";
                task.unknown = so_far == "unknown";
                task.touched = so_far != "nothing";
            }
            undo_failed_ =
                undo_failed_ || (task.compensate && task.compensate->status == StepStatus::kFailed);
            task.done = row_done;
            return;
        }
        case Node::Kind::kSleep:
        case Node::Kind::kWait:
            task.done = row_done;
            return;
        case Node::Kind::kParallel:
            for (const auto& branch : task.node->blocks) {
                load(add_frame(task, branch, task.frame->scope, task.frame->prefix), rows);
            }
            break;
        case Node::Kind::kWhen: {
            const auto taken = json::parse(task.invoke->result.value_or("{}")).value("taken", "");
            if (!taken.empty()) {
                load(add_frame(task, task.node->blocks[taken == "then" ? 0 : 1], task.frame->scope,
                               task.frame->prefix),
                     rows);
            }
            break;
        }
        case Node::Kind::kForEach:
            task.items = elements(task.invoke->input.value_or("[]"));
            task.outputs.resize(task.items.size());
            while (task.next < task.items.size()) {
                const std::string prefix = task.path + "[" + std::to_string(task.next) + "]/";
                if (!has_begun(task.node->blocks[0].front(), prefix, rows)) break;
                load(add_item(task), rows);
            }
            task.done = row_done;
            return;
        case Node::Kind::kWorkflow:
            task.input = task.invoke->input ? *task.invoke->input
                                            : evaluate(*task.node->value, *task.frame->scope);
            load(add_nested(task), rows);
            task.done = row_done;
            return;
    }
    task.done = true;
    for (const auto& frame : task.frames) {
        const bool ended = frame->tasks.size() == frame->block->size() &&
                           (frame->tasks.empty() || frame->tasks.back()->done);
        task.done = task.done && ended;
    }
}

Task& Saga::add_task(Frame& frame) {
    Task& task = tasks_.emplace_back();
    task.node = &(*frame.block)[frame.tasks.size()];
    task.frame = &frame;
    task.number = tasks_.size() - 1;
    task.path = frame.prefix + task.node->id;
    frame.tasks.push_back(&task);
    frame.scope->tasks.emplace(task.node->id, &task);
    return task;
}

Frame& Saga::add_frame(Task& owner, const Block& block, Scope* scope, std::string prefix) {
    auto& frame = *owner.frames.emplace_back(std::make_unique<Frame>());
    frame.block = &block;
    frame.owner = &owner;
    frame.scope = scope;
    frame.prefix = std::move(prefix);
    frame.number = owner.frames.size() - 1;
    return frame;
}

Frame& Saga::add_item(Task& task) {
    const std::size_t i = task.next++;
    auto scope = std::make_unique<Scope>();
    scope->outer = task.frame->scope;
    scope->item = task.items[i];
    scope->index = std::to_string(i);
    auto& frame = add_frame(task, task.node->blocks[0], scope.get(),
                            task.path + "[" + std::to_string(i) + "]/");
    frame.own_scope = std::move(scope);
    return frame;
}

Frame& Saga::add_nested(Task& task) {
    auto scope = std::make_unique<Scope>();
    scope->input = task.input;
    auto& frame = add_frame(task, task.node->blocks[0], scope.get(), task.path + "/");
    frame.own_scope = std::move(scope);
    return frame;
}

}  // namespace gantry::host
