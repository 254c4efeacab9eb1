// The tasks of one run, in frames: made one by one as the run goes on, or from its rows.
#pragma once

#include "flow/task.hpp"

#include <deque>

namespace gantry::host {

/// Of one run.
constexpr std::size_t kMaxTasks = 20'000;

/// Tasks and frames stay where they are as long as the tree lives. Nothing here recurses but into
/// what is nested in the definition.
class TaskTree {
public:
    /// The definition, and the run's input, outlive it.
    TaskTree(const Definition& definition, std::string_view input);
    TaskTree(const TaskTree&) = delete;
    TaskTree& operator=(const TaskTree&) = delete;

    /// Once, before anything is added. Nothing is computed again that a row tells. Gives the path
    /// of a row that the definition does not have; nothing when there is none.
    std::optional<std::string> load(std::vector<StepRow> rows);

    Frame& root() { return root_; }
    const Frame& root() const { return root_; }
    std::deque<Task>& tasks() { return tasks_; }
    const std::deque<Task>& tasks() const { return tasks_; }
    Task& operator[](std::size_t number) { return tasks_[number]; }
    const Task& operator[](std::size_t number) const { return tasks_[number]; }
    /// Null: there is none of that path.
    Task* find(std::string_view path) const;

    /// The next one of its block.
    Task& add_task(Frame& frame);
    /// A branch of a parallel, or the way that a when takes.
    void add_branch(Task& owner, const Block& block);
    /// The next item of a for_each.
    Frame& add_item(Task& for_each);
    /// The inside of a nested workflow, with a scope of its own.
    Frame& add_nested(Task& workflow);

private:
    using Rows =
        std::unordered_map<std::string, std::pair<std::optional<StepRow>, std::optional<StepRow>>>;

    Frame& add_frame(Task& owner, const Block& block, Scope* scope, std::string prefix);
    void load(Frame& frame, Rows& rows);
    void load(Task& task, Rows& rows);
    void load_inside(Task& task, Rows& rows);

    Scope scope_;
    Frame root_;
    std::deque<Task> tasks_;
    std::unordered_map<std::string_view, Task*> by_path_;
};

}  // namespace gantry::host
