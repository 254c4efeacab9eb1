// Looks after the file of the store: whether it is still there, and its stamp.
#pragma once

#include "base/log.hpp"
#include "base/pool.hpp"
#include "base/timers.hpp"
#include "store/store.hpp"

#include <atomic>

namespace gantry::host {

/// Looks once a second, from its construction on, and tells of a file that was lost (Store::lost)
/// once; raises the stamp once a minute. The parts outlive it and are stopped before it ends.
class StoreWatch {
public:
    /// `pool`: its tasks may block.
    StoreWatch(Store& store, Pool& pool, Timers& timers, Log& log);
    StoreWatch(const StoreWatch&) = delete;
    StoreWatch& operator=(const StoreWatch&) = delete;

    /// Takes no further look.
    void stop() { stopping_ = true; }

private:
    void look_again();
    void look();

    Store& store_;
    Pool& pool_;
    Timers& timers_;
    Log& log_;
    std::atomic<bool> stopping_{false};
    bool told_ = false;  // of one look after the other
    Timers::Clock::time_point raised_ = Timers::Clock::now();
};

}  // namespace gantry::host
