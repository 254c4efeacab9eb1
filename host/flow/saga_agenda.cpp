// The rows are the tasks' own; the lists here find them.
#include "flow/saga_agenda.hpp"

#include <algorithm>

namespace gantry::host {

void Agenda::begin_call(Task& task, Side side, std::int64_t now) {
    auto& row = *task.row(side);
    row.under_way = true;
    row.wake_at.reset();
    task.asked_at = now;
    calls_.insert(task.number);
}

void Agenda::take_back(Task& task) {
    task.row(task.open_side())->under_way = false;
    calls_.erase(task.number);
}

std::int64_t Agenda::end_call(Task& task, std::int64_t now) {
    take_back(task);
    return std::max<std::int64_t>(now - task.asked_at, 0);
}

void Agenda::wait_until(Task& task, std::int64_t when) {
    task.row(task.open_side())->wake_at = when;
    waiting_.emplace(when, task.number);
}

void Agenda::stop_waiting(const Task& task) {
    const auto& row = task.row(task.open_side());
    if (row && row->wake_at) waiting_.erase({*row->wake_at, task.number});
}

Task* Agenda::take_due(std::int64_t now) {
    if (waiting_.empty() || waiting_.begin()->first > now) return nullptr;
    Task& task = tree_[waiting_.begin()->second];
    waiting_.erase(waiting_.begin());
    return &task;
}

void Agenda::listen(const Task& task) { listening_.emplace(task.node->signal, task.number); }

Task* Agenda::take_listener(const std::string& signal) {
    const auto it = listening_.find(signal);
    if (it == listening_.end()) return nullptr;
    Task& task = tree_[it->second];
    listening_.erase(it);
    stop_waiting(task);
    return &task;
}

void Agenda::clear_waiting() {
    waiting_.clear();
    listening_.clear();
}

void Agenda::clock_stepped(std::int64_t by) {
    for (const auto number : calls_) tree_[number].asked_at += by;
    decltype(waiting_) moved;
    for (auto [when, number] : waiting_) {
        Task& task = tree_[number];
        if (task.is_step()) {
            when += by;
            task.row(task.open_side())->wake_at = when;
        }
        moved.emplace(when, number);
    }
    waiting_.swap(moved);
}

}  // namespace gantry::host
