// Which tasks of a run have a call under way, and which wait for their time or for a signal.
#pragma once

#include "flow/task_tree.hpp"

#include <map>
#include <set>

namespace gantry::host {

/// Keeps `under_way` and `wake_at` of the tasks' rows with what it knows. A task is in at most one
/// of the three lists, but for a wait with patience: that listens and waits.
class Agenda {
public:
    /// The tree outlives it.
    explicit Agenda(TaskTree& tree) : tree_(tree) {}

    /// An attempt of that side is handed out, or taken back before anybody saw it.
    void begin_call(Task& task, Side side, std::int64_t now);
    void take_back(Task& task);
    /// The attempt has ended. How long it took, in milliseconds.
    std::int64_t end_call(Task& task, std::int64_t now);
    /// By number, each once.
    const std::set<std::size_t>& calls() const { return calls_; }
    bool has_call(const Task& task) const { return calls_.contains(task.number); }

    void wait_until(Task& task, std::int64_t when);
    void stop_waiting(const Task& task);
    /// The first whose time has come, which waits no longer; null: none.
    Task* take_due(std::int64_t now);
    /// The first to come, and its time.
    const std::set<std::pair<std::int64_t, std::size_t>>& waiting() const { return waiting_; }

    void listen(const Task& task);
    /// The first that waits for that signal, which waits no longer; null: none.
    Task* take_listener(const std::string& signal);
    const std::multimap<std::string, std::size_t>& listening() const { return listening_; }

    bool is_empty() const { return calls_.empty() && waiting_.empty() && listening_.empty(); }
    /// Nothing waits any more; the rows keep their times.
    void clear_waiting();

    /// The wall clock was set by so much: delays and calls go on as long as they would have.
    void clock_stepped(std::int64_t by);

private:
    TaskTree& tree_;
    std::set<std::size_t> calls_;
    std::set<std::pair<std::int64_t, std::size_t>> waiting_;  // when, task
    std::multimap<std::string, std::size_t> listening_;       // signal → task
};

}  // namespace gantry::host
