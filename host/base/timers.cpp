// A sorted map and a condition variable; the thread is woken only when the earliest time changes.
#include "base/timers.hpp"

namespace gantry::host {

Timers::Timers() : thread_([this] { work(); }) {}

void Timers::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_one();
    if (thread_.joinable()) thread_.join();
    decltype(due_) dropped;  // what the callbacks hold is freed outside the lock
    const std::lock_guard lock(mutex_);
    dropped.swap(due_);
    when_.clear();
}

Timers::Id Timers::at(Clock::time_point when, std::function<void()> fn) {
    const std::lock_guard lock(mutex_);
    const Id id = ++last_;
    if (stopping_) return id;
    const auto [it, inserted] = due_.emplace(std::pair{when, id}, std::move(fn));
    when_.emplace(id, when);
    if (it == due_.begin()) changed_.notify_one();
    return id;
}

bool Timers::cancel(Id id) {
    std::function<void()> dropped;  // freed outside the lock
    const std::lock_guard lock(mutex_);
    const auto it = when_.find(id);
    if (it == when_.end()) return false;
    const auto due = due_.find({it->second, id});
    dropped = std::move(due->second);
    due_.erase(due);
    when_.erase(it);
    return true;
}

void Timers::work() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        if (due_.empty()) {
            changed_.wait(lock);
            continue;
        }
        const auto first = due_.begin();
        const auto when = first->first.first;  // a copy: the entry may go while we wait
        if (when > Clock::now()) {
            changed_.wait_until(lock, when);
            continue;
        }
        auto fn = std::move(first->second);
        when_.erase(first->first.second);
        due_.erase(first);
        lock.unlock();
        fn();
        fn = nullptr;
        lock.lock();
    }
}

}  // namespace gantry::host
