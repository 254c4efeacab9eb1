// A freed slot wakes a nested call if one waits, else the next queued step.
#include "plugin/slots.hpp"

#include "base/may_block.hpp"

namespace gantry::host {

bool Slots::take_or_queue(Again again, bool was_told) {
    const std::lock_guard lock(mutex_);
    if (free_ > nested_) {
        --free_;
        return true;
    }
    queued_.insert(was_told ? queued_.begin() : queued_.end(), std::move(again));
    return false;
}

bool Slots::take(std::chrono::steady_clock::time_point deadline) {
    about_to_block("a slot of a module");
    std::unique_lock lock(mutex_);
    ++nested_;
    const bool taken = freed_.wait_until(lock, deadline, [this] { return free_ > 0; });
    --nested_;
    if (taken) --free_;
    return taken;
}

void Slots::release() {
    {
        const std::lock_guard lock(mutex_);
        ++free_;
        if (nested_ > 0) freed_.notify_one();
    }
    pass_on();
}

void Slots::pass_on() {
    std::list<Again> next;
    do {
        next.clear();
        const std::lock_guard lock(mutex_);
        if (free_ <= nested_ || queued_.empty()) return;
        next.splice(next.begin(), queued_, queued_.begin());
    } while (!next.front()());
}

}  // namespace gantry::host
