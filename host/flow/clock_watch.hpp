// Rows keep wall time, timers sleep on the monotonic clock. Once a second the store's clock is held
// against the system's: when that was set, or the machine slept, what waits is looked at anew.
#pragma once

#include "base/timers.hpp"
#include "store/store.hpp"

namespace gantry::host {

class ClockWatch {
public:
    /// Goes on watching; the store's clock has been set forward by as much. [any]
    using Followed = std::function<void()>;
    /// `stepped` gets by how many milliseconds the system's clock was set, on the timer's thread:
    /// it must be short, and have the store's clock follow. The parts outlive it; begins at once.
    ClockWatch(Store& store, Timers& timers,
               std::function<void(std::int64_t by, Followed followed)> stepped);
    ~ClockWatch();
    ClockWatch(const ClockWatch&) = delete;
    ClockWatch& operator=(const ClockWatch&) = delete;

private:
    /// Outlives the watch: a look may be under way.
    struct State;
    const std::shared_ptr<State> state_;
};

}  // namespace gantry::host
