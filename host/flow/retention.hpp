// Finished runs are deleted by state and age, in small batches, and what they leave free in the
// file is given back.
#pragma once

#include "base/config.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "base/pool.hpp"
#include "base/timers.hpp"
#include "store/store.hpp"

#include <atomic>
#include <mutex>

namespace gantry::host {

struct RetentionSettings {
    RetentionConfig keep;
    /// Between two looks.
    std::chrono::milliseconds every = std::chrono::minutes(1);
    /// Runs deleted in one commit.
    std::int64_t batch = 500;
    /// Free pages given back in one commit.
    std::int64_t pages = 200;
    /// A clock that goes on by more than that at once may be wrong, and nothing is deleted before
    /// it has held for as long; also over restarts.
    std::chrono::milliseconds clock_holds = std::chrono::hours(24);
};

/// Looks from its construction on. The parts outlive it and are stopped before it ends.
class Retention {
public:
    /// `pool`: its tasks may block.
    Retention(Store& store, Pool& pool, Timers& timers, Log& log, RetentionSettings settings);
    Retention(const Retention&) = delete;
    Retention& operator=(const Retention&) = delete;

    /// How far behind it is: the age, beyond what is kept, of the oldest run still there at the
    /// last look; 0 when it has caught up. Not looked at while it waits. [any]
    double lag_seconds() const { return lag_seconds_; }

    /// When it deletes again, where the clock may be wrong; nothing: it does. [any]
    std::optional<std::int64_t> waits_until() const;

    /// Takes no further look.
    void stop() { stopping_ = true; }

private:
    void look_after(std::chrono::milliseconds delay);
    void look();
    bool clock_holds();
    void wait_for_clock(std::int64_t now, std::int64_t jump);
    void keep_note(std::int64_t now);
    std::size_t erase();
    bool shrink();

    Store& store_;
    Pool& pool_;
    Timers& timers_;
    Log& log_;
    const RetentionSettings settings_;
    std::atomic<bool> stopping_{false};
    std::atomic<double> lag_seconds_{0};
    mutable std::mutex mutex_;
    std::optional<std::int64_t> waits_until_;  // of the store's clock; under mutex_
    // Of the last look, one at a time.
    std::optional<std::int64_t> looked_at_;
    Timers::Clock::time_point looked_;
    std::optional<Timers::Clock::time_point> noted_;
    bool told_how_ = false;  // to shrink the file by hand
};

}  // namespace gantry::host
