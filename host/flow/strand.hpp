// A queue of tasks that run one after another, each on some thread of a pool. What they share needs
// no lock, and nobody waits for one.
#pragma once

#include "base/pool.hpp"

#include <atomic>

namespace gantry::host {

class Strand {
public:
    /// `pool` outlives it.
    explicit Strand(Pool& pool) : pool_(&pool) {}
    Strand(const Strand&) = delete;
    Strand& operator=(const Strand&) = delete;

    /// [any] Runs on the caller's stack only where that carries on, the strand is idle and its
    /// pool's threads may not block. The task keeps the strand alive, as by a shared
    /// pointer to what owns it.
    void post(std::function<void()> task);

    /// From the next task on they run there. `pool` outlives the strand.
    void move_to(Pool& pool) { pool_ = &pool; }

private:
    void run(int most);

    std::atomic<Pool*> pool_;
    std::mutex mutex_;
    std::deque<std::function<void()>> tasks_;
    bool scheduled_ = false;
};

}  // namespace gantry::host
