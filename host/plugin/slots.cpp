// A freed slot wakes a nested call if one waits, else the next queued step.
#include "plugin/slots.hpp"

namespace gantry::host {

bool Slots::take_or_queue(std::function<void()> again) {
    const std::lock_guard lock(mutex_);
    if (free_ > nested_) {
        --free_;
        return true;
    }
    queued_.push_back(std::move(again));
    return false;
}

bool Slots::take(std::chrono::steady_clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    ++nested_;
    const bool taken = freed_.wait_until(lock, deadline, [this] { return free_ > 0; });
    --nested_;
    if (taken) --free_;
    return taken;
}

void Slots::release() {
    std::function<void()> next;
    {
        const std::lock_guard lock(mutex_);
        ++free_;
        if (nested_ > 0) freed_.notify_one();
        if (free_ <= nested_ || queued_.empty()) return;
        next = std::move(queued_.front());
        queued_.pop_front();
    }
    pool_.submit(std::move(next));
}

}  // namespace gantry::host
