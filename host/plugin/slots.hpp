// How many calls of one module run at once. A call from another plugin goes before a new step.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>

namespace gantry::host {

/// A step takes its thread first and its slot second: where none is free it gives the thread back
/// and is queued again. So no slot ever waits for a thread, and waiting cannot deadlock. [any]
class Slots {
public:
    /// Told when a slot may be free, on the thread that freed it: it sees to it that the slot is
    /// asked for again, on another thread. False: it wants none any more, the next one is told.
    using Again = std::function<bool()>;

    explicit Slots(std::size_t count) : free_(count) {}

    /// Takes a slot, or keeps `again`; `was_told` keeps the place it had.
    bool take_or_queue(Again again, bool was_told = false);

    /// For a call that holds a thread already: waits until `deadline`. False: none became free.
    bool take(std::chrono::steady_clock::time_point deadline);

    void release();

    /// From one who was told, and takes no slot after all.
    void pass_on();

private:
    std::mutex mutex_;
    std::condition_variable freed_;
    std::size_t free_;
    std::size_t nested_ = 0;  // waiting in take()
    std::list<Again> queued_;
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
