// Counts who is inside, so that nobody is when what they use goes away.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace gantry::host {

class Gate {
public:
    /// Inside while it lives, if it is true.
    class Pass {
    public:
        explicit Pass(Gate& gate) : gate_(gate), inside_(gate.enter()) {}
        ~Pass() {
            if (inside_) gate_.leave();
        }
        Pass(const Pass&) = delete;
        Pass& operator=(const Pass&) = delete;
        explicit operator bool() const { return inside_; }

    private:
        Gate& gate_;
        const bool inside_;
    };

    /// Lets nobody in any more and waits until all have left.
    void close() {
        std::unique_lock lock(mutex_);
        closed_ = true;
        empty_.wait(lock, [this] { return inside_ == 0; });
    }
    /// The same for so long; false: somebody is inside still.
    bool close_within(std::chrono::milliseconds patience) {
        std::unique_lock lock(mutex_);
        closed_ = true;
        return empty_.wait_for(lock, patience, [this] { return inside_ == 0; });
    }

private:
    bool enter() {
        const std::lock_guard lock(mutex_);
        if (!closed_) ++inside_;
        return !closed_;
    }

    void leave() {
        const std::lock_guard lock(mutex_);
        if (--inside_ == 0) empty_.notify_all();
    }

    std::mutex mutex_;
    std::condition_variable empty_;
    std::size_t inside_ = 0;
    bool closed_ = false;
};

}  // namespace gantry::host
