// How many calls of one module run at once. A call from another plugin goes before a new step.
#pragma once

#include "base/pool.hpp"

#include <atomic>
#include <chrono>
#include <deque>

namespace gantry::host {

/// A step takes its thread first and its slot second: where none is free it gives the thread back
/// and is queued again. So no slot ever waits for a thread, and waiting cannot deadlock. [any]
class Slots {
public:
    Slots(Pool& pool, std::size_t count) : pool_(pool), free_(count) {}

    /// Takes a slot, or keeps `again` to be submitted to the pool when one may be free.
    bool take_or_queue(std::function<void()> again);

    /// For a call that holds a thread already: waits until `deadline`. False: none became free.
    bool take(std::chrono::steady_clock::time_point deadline);

    void release();

private:
    Pool& pool_;
    std::mutex mutex_;
    std::condition_variable freed_;
    std::size_t free_;
    std::size_t nested_ = 0;  // waiting in take()
    std::deque<std::function<void()>> queued_;
};

/// One slot that is held: given back once, by hand or at the end of its life. [any]
class SlotHold {
public:
    /// `slots` outlives it; the slot is taken.
    explicit SlotHold(Slots& slots) : slots_(slots) {}
    ~SlotHold() { give_back(); }
    SlotHold(const SlotHold&) = delete;
    SlotHold& operator=(const SlotHold&) = delete;

    void give_back() {
        if (!given_back_.exchange(true)) slots_.release();
    }

private:
    Slots& slots_;
    std::atomic<bool> given_back_{false};
};

}  // namespace gantry::host
