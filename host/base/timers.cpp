// A sorted map and a condition variable; the thread is woken only for a time before that which
// it waits for.
// To set an alarm moves its node: nothing is allocated.
#include "base/timers.hpp"

#include "base/may_block.hpp"

#include <cstdio>
#include <new>

namespace gantry::host {
namespace {

constexpr auto kNoMemory = std::chrono::milliseconds(100);  // until it is tried again

}  // namespace

Timers::Timers(std::function<void(const std::string&)> on_escape)
    : on_escape_(std::move(on_escape)), thread_([this] { work(); }) {}

void Timers::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_one();
    if (thread_.joinable()) thread_.join();
    Due dropped;  // what the callbacks hold is freed outside the lock
    const std::lock_guard lock(mutex_);
    dropped.swap(due_);
    when_.clear();
}

Timers::Id Timers::at(Clock::time_point when, std::function<void()> fn) {
    return add(when, std::move(fn), false);
}

Timers::Id Timers::alarm(std::function<void()> fn) { return add(kNever, std::move(fn), true); }

Timers::Id Timers::add(Clock::time_point when, std::function<void()> fn, bool is_alarm) {
    Entry entry{std::make_shared<const std::function<void()>>(std::move(fn)), is_alarm};
    std::unique_lock lock(mutex_);
    const Id id = ++last_;
    if (stopping_) return id;
    const auto known = when_.emplace(id, when).first;
    try {
        due_.emplace(std::pair{when, id}, std::move(entry));
    } catch (...) {
        when_.erase(known);
        throw;
    }
    wake_for(when, lock);
    return id;
}

// Not where the thread wakes up before that anyway, be it for one that was cancelled.
void Timers::wake_for(Clock::time_point when, std::unique_lock<std::mutex>& lock) noexcept {
    if (when >= wakes_at_) return;
    wakes_at_ = when;
    lock.unlock();
    changed_.notify_one();
}

void Timers::set(Id alarm, Clock::time_point when) noexcept {
    std::unique_lock lock(mutex_);
    const auto which = when_.find(alarm);
    if (which == when_.end()) return;
    move(which, when);
    wake_for(when, lock);
}

void Timers::move(When::iterator which, Clock::time_point to) noexcept {
    auto node = due_.extract({which->second, which->first});
    which->second = to;
    node.key().first = to;
    due_.insert(std::move(node));
}

bool Timers::cancel(Id id) {
    Entry dropped;  // freed outside the lock
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
    const MayNotBlock timer("the timer");
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        const auto when = due_.empty() ? kNever : due_.begin()->first.first;
        wakes_at_ = when;
        if (when == kNever) {
            changed_.wait(lock);
        } else if (when > Clock::now()) {
            changed_.wait_until(lock, when);
        } else {
            ring(lock);
        }
    }
}

// The first one that is due.
void Timers::ring(std::unique_lock<std::mutex>& lock) {
    const Id id = due_.begin()->first.second;
    Entry entry = due_.begin()->second;
    Due::node_type due;
    When::node_type when;
    if (entry.is_alarm) {
        move(when_.find(id), kNever);
    } else {
        due = due_.extract(due_.begin());
        due.mapped().fn.reset();  // `entry` has it
        when = when_.extract(id);
    }
    lock.unlock();
    const bool done = call(*entry.fn);
    if (done || entry.is_alarm) entry.fn.reset();  // outside the lock, should it be the last
    lock.lock();
    if (done) return;
    const auto again = Clock::now() + kNoMemory;
    if (entry.is_alarm) {
        const auto which = when_.find(id);
        if (which != when_.end() && which->second > again) move(which, again);
        return;
    }
    if (stopping_) {
        lock.unlock();
        entry.fn.reset();
        return lock.lock();
    }
    due.mapped().fn = std::move(entry.fn);
    due.key().first = again;
    when.mapped() = again;
    due_.insert(std::move(due));
    when_.insert(std::move(when));
}

// False: there was no memory for it.
bool Timers::call(const std::function<void()>& fn) const {
    std::string what = "something that is no std::exception";
    try {
        fn();
        return true;
    } catch (const std::bad_alloc&) {
        return false;
    } catch (const std::exception& e) {
        what = e.what();
    } catch (...) {  // NOLINT: said below
    }
    if (on_escape_) {
        on_escape_(what);
    } else {
        std::fprintf(stderr, "a timer's callback has thrown: %s\n", what.c_str());
    }
    return true;
}

}  // namespace gantry::host
