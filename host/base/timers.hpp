// Deadlines and delays: one thread that calls back when a time has come.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace gantry::host {

/// Callbacks run on the timer's thread, one after the other: they are short and may not block. What
/// one throws is caught here, for all: for want of memory it is called again a moment later; of
/// anything else `on_escape` is told.
class Timers {
public:
    using Clock = std::chrono::steady_clock;
    using Id = std::uint64_t;
    static constexpr Clock::time_point kNever = Clock::time_point::max();

    /// `on_escape` gets what a callback has thrown, in words. Empty: they go to stderr.
    explicit Timers(std::function<void(const std::string& what)> on_escape = {});
    ~Timers() { stop(); }
    Timers(const Timers&) = delete;
    Timers& operator=(const Timers&) = delete;

    /// Calls `fn` once. [any]
    Id at(Clock::time_point when, std::function<void()> fn);
    Id after(Clock::duration delay, std::function<void()> fn) {
        return at(Clock::now() + delay, std::move(fn));
    }

    /// An alarm: calls `fn` each time that it was set to has come, until it is cancelled. It begins
    /// as set to kNever. [any]
    Id alarm(std::function<void()> fn);
    /// The next time an alarm rings, in place of what it was set to. Allocates nothing, so that it
    /// cannot fail. [any]
    void set(Id alarm, Clock::time_point when) noexcept;

    /// Drops what has not come and ends the thread; later calls do nothing. Not on that thread.
    void stop();

    /// False when it has come already; it may still be running. [any]
    bool cancel(Id id);

private:
    struct Entry {
        std::shared_ptr<const std::function<void()>> fn;
        bool is_alarm = false;
    };
    using Due = std::map<std::pair<Clock::time_point, Id>, Entry>;
    using When = std::map<Id, Clock::time_point>;

    Id add(Clock::time_point when, std::function<void()> fn, bool is_alarm);
    void move(When::iterator which, Clock::time_point to) noexcept;  // under mutex_
    void wake_for(Clock::time_point when, std::unique_lock<std::mutex>& lock) noexcept;
    void work();
    void ring(std::unique_lock<std::mutex>& lock);
    bool call(const std::function<void()>& fn) const;

    const std::function<void(const std::string&)> on_escape_;
    std::mutex mutex_;
    std::condition_variable changed_;
    Due due_;
    When when_;
    Id last_ = 0;
    Clock::time_point wakes_at_ = kNever;  // then the thread looks what is due
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace gantry::host
