// A queue of tasks that run one after another, each on some thread of a pool. What they share needs
// no lock, and nobody waits for one.
#pragma once

#include "base/fair_pool.hpp"

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

    /// From the next task on they run there, in `fair` as tasks of that group. Before the first
    /// task, or within one. What is given outlives the strand.
    void move_to(Pool& pool);
    void move_to(FairPool& fair, std::string group);

private:
    void submit();
    void run(int most);

    std::atomic<Pool*> pool_;
    FairPool* fair_ = nullptr;  // of pool_; with its group, as tasks see them one after another
    std::string group_;
    std::mutex mutex_;
    std::deque<std::function<void()>> tasks_;
    bool scheduled_ = false;
};

}  // namespace gantry::host
