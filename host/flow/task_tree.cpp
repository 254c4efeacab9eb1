// A node has begun when its row is there, or the row of the first one inside where it has none.
#include "flow/task_tree.hpp"

#include "base/json_text.hpp"

#include <algorithm>

namespace gantry::host {
namespace {

template <typename Rows>
bool has_begun(const Node& node, const std::string& prefix, const Rows& rows) {
    if (rows.contains(prefix + node.id)) return true;
    if (node.kind != Node::Kind::kParallel) return false;
    return std::any_of(node.blocks.begin(), node.blocks.end(), [&](const Block& branch) {
        return !branch.empty() && has_begun(branch.front(), prefix, rows);
    });
}

// A group that failed before its first step: its list or its input could not be made.
template <typename Rows>
bool never_began(const Task& task, const Rows& rows) {
    const bool failed = task.invoke && task.invoke->status != StepStatus::kStarted &&
                        task.invoke->status != StepStatus::kDone;
    if (!failed) return false;
    const bool each = task.node->kind == Node::Kind::kForEach;
    if (!each && task.node->kind != Node::Kind::kWorkflow) return false;
    return !has_begun(task.node->blocks[0].front(), task.path + (each ? "[0]/" : "/"), rows);
}

// Nothing of it was carried out. What a revert cut short has no result.
bool was_passed_over(const StepRow& row) {
    return row.status == StepStatus::kSkipped && row.result.has_value();
}

bool has_ended(const Frame& frame) {
    return frame.tasks.size() == frame.block->size() &&
           (frame.tasks.empty() || frame.tasks.back()->done);
}

}  // namespace

TaskTree::TaskTree(const Definition& definition, std::string_view input) {
    scope_.input = input;
    root_.block = &definition.block;
    root_.scope = &scope_;
}

std::optional<std::string> TaskTree::load(std::vector<StepRow> rows) {
    Rows by_path;
    for (auto& row : rows) {
        auto& both = by_path[row.path];
        (row.side == Side::kInvoke ? both.first : both.second) = std::move(row);
    }
    load(root_, by_path);
    if (by_path.empty()) return std::nullopt;
    return by_path.begin()->first;
}

void TaskTree::load(Frame& frame, Rows& rows) {
    for (const auto& node : *frame.block) {
        if (!has_begun(node, frame.prefix, rows)) return;
        load(add_task(frame), rows);
    }
}

void TaskTree::load(Task& task, Rows& rows) {
    if (const auto it = rows.find(task.path); it != rows.end()) {
        task.invoke = std::move(it->second.first);
        task.compensate = std::move(it->second.second);
        rows.erase(it);
    }
    if (task.invoke && was_passed_over(*task.invoke)) {
        task.done = true;
        return;
    }
    if (!never_began(task, rows)) load_inside(task, rows);
    // A parallel has no row. A when that failed has one, and is not done with nothing inside.
    task.done = task.invoke ? has_passed(*task.invoke) : task.node->kind == Node::Kind::kParallel;
    if (task.node->kind == Node::Kind::kParallel || task.node->kind == Node::Kind::kWhen) {
        task.done = task.done && std::all_of(task.frames.begin(), task.frames.end(),
                                             [](const auto& frame) { return has_ended(*frame); });
    }
}

void TaskTree::load_inside(Task& task, Rows& rows) {
    const auto& blocks = task.node->blocks;
    switch (task.node->kind) {
        case Node::Kind::kParallel:
            for (const auto& branch : blocks) {
                add_branch(task, branch);
                load(*task.frames.back(), rows);
            }
            return;
        case Node::Kind::kWhen: {
            if (!task.invoke || !task.invoke->result) return;
            const auto taken = json::parse(*task.invoke->result).value("taken", "");
            if (taken.empty()) return;
            add_branch(task, blocks[taken == "then" ? 0 : 1]);
            load(*task.frames.back(), rows);
            return;
        }
        case Node::Kind::kForEach:
            task.items = elements(task.invoke && task.invoke->input ? *task.invoke->input : "[]");
            task.outputs.resize(task.items.size());
            while (task.next < task.items.size()) {
                const std::string prefix = task.path + "[" + std::to_string(task.next) + "]/";
                if (!has_begun(blocks[0].front(), prefix, rows)) return;
                load(add_item(task), rows);
            }
            return;
        case Node::Kind::kWorkflow:
            task.input =
                task.invoke && task.invoke->input
                    ? *task.invoke->input
                    : task.frame->scope->evaluate(*task.node->value, "the input of its workflow");
            load(add_nested(task), rows);
            return;
        default:
            return;
    }
}

Task* TaskTree::find(std::string_view path) const {
    const auto it = by_path_.find(path);
    return it == by_path_.end() ? nullptr : it->second;
}

Task& TaskTree::add_task(Frame& frame) {
    Task& task = tasks_.emplace_back();
    task.node = &(*frame.block)[frame.tasks.size()];
    task.frame = &frame;
    task.number = tasks_.size() - 1;
    task.path = frame.prefix + task.node->id;
    by_path_.emplace(task.path, &task);
    frame.tasks.push_back(&task);
    frame.scope->tasks.emplace(task.node->id, &task);
    return task;
}

Frame& TaskTree::add_frame(Task& owner, const Block& block, Scope* scope, std::string prefix) {
    auto& frame = *owner.frames.emplace_back(std::make_unique<Frame>());
    frame.block = &block;
    frame.owner = &owner;
    frame.scope = scope;
    frame.prefix = std::move(prefix);
    frame.number = owner.frames.size() - 1;
    return frame;
}

void TaskTree::add_branch(Task& owner, const Block& block) {
    add_frame(owner, block, owner.frame->scope, owner.frame->prefix);
}

Frame& TaskTree::add_item(Task& task) {
    const std::size_t i = task.next++;
    auto scope = std::make_unique<Scope>();
    scope->outer = task.frame->scope;
    scope->item = task.items[i];
    scope->index = std::to_string(i);
    auto& frame =
        add_frame(task, task.node->blocks[0], scope.get(), task.path + "[" + scope->index + "]/");
    frame.own_scope = std::move(scope);
    return frame;
}

Frame& TaskTree::add_nested(Task& task) {
    auto scope = std::make_unique<Scope>();
    scope->input = task.input;
    auto& frame = add_frame(task, task.node->blocks[0], scope.get(), task.path + "/");
    frame.own_scope = std::move(scope);
    return frame;
}

std::string Scope::evaluate(const Template& compiled, const char* what) const {
    const auto value_of = [this](const Reference& reference) -> std::string_view {
        const Scope* at = this;
        if (reference.step) {
            for (; at != nullptr; at = at->outer) {
                const auto it = at->tasks.find(*reference.step);
                if (it == at->tasks.end()) continue;
                return reference.root == "steps" ? it->second->result() : it->second->failure();
            }
            return "null";  // in a branch that was not taken
        }
        if (reference.root == "input") {
            while (at->outer != nullptr) at = at->outer;
            return at->input;
        }
        while (!at->item) at = at->outer;
        return reference.root == "item" ? std::string_view(*at->item) : std::string_view(at->index);
    };
    return compiled.evaluate(value_of, kMaxPayload, what);
}

}  // namespace gantry::host
