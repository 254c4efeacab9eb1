// Finished runs are deleted by state and age, in small batches.
#pragma once

#include "base/config.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "base/pool.hpp"
#include "base/timers.hpp"
#include "store/store.hpp"

#include <atomic>

namespace gantry::host {

struct RetentionSettings {
    RetentionConfig keep;
    /// Between two looks.
    std::chrono::milliseconds every = std::chrono::minutes(1);
    /// Runs deleted in one commit.
    std::int64_t batch = 500;
};

/// Looks from its construction on. The parts outlive it and are stopped before it ends.
class Retention {
public:
    /// `pool`: its tasks may block.
    Retention(Store& store, Pool& pool, Timers& timers, Log& log, RetentionSettings settings);
    Retention(const Retention&) = delete;
    Retention& operator=(const Retention&) = delete;

    /// How far behind it is: the age, beyond what is kept, of the oldest run still there at the
    /// last look; 0 when it has caught up. [any]
    double lag_seconds() const { return lag_seconds_; }

    /// Takes no further look.
    void stop() { stopping_ = true; }

private:
    void look_after(std::chrono::milliseconds delay);
    void look();

    Store& store_;
    Pool& pool_;
    Timers& timers_;
    Log& log_;
    const RetentionSettings settings_;
    std::atomic<bool> stopping_{false};
    std::atomic<double> lag_seconds_{0};
};

}  // namespace gantry::host
