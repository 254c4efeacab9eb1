// Deadlines and delays: one thread that calls back when a time has come.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

namespace gantry::host {

class Timers {
public:
    using Clock = std::chrono::steady_clock;
    using Id = std::uint64_t;

    Timers();
    ~Timers() { stop(); }
    Timers(const Timers&) = delete;
    Timers& operator=(const Timers&) = delete;

    /// Calls `fn` once, on the timer thread: it must be short and throw nothing. [any]
    Id at(Clock::time_point when, std::function<void()> fn);
    Id after(Clock::duration delay, std::function<void()> fn) {
        return at(Clock::now() + delay, std::move(fn));
    }

    /// Drops what has not come and ends the thread; later calls do nothing. Not on that thread.
    void stop();

    /// False when it has come already; it may still be running. [any]
    bool cancel(Id id);

private:
    void work();

    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<std::pair<Clock::time_point, Id>, std::function<void()>> due_;
    std::map<Id, Clock::time_point> when_;
    Id last_ = 0;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace gantry::host
