// How many of something are under way, and waiting until none is.
#pragma once

#include "base/may_block.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>

namespace gantry::host {

/// [any]
class UnderWay {
public:
    /// Counted as long as it lives.
    class One {
    public:
        explicit One(UnderWay& all) : all_(all) {
            const std::lock_guard lock(all_.mutex_);
            ++all_.count_;
        }
        ~One() {
            const std::lock_guard lock(all_.mutex_);
            --all_.count_;
            all_.fewer_.notify_all();  // under the lock: the waiter may destroy it all afterwards
        }
        One(const One&) = delete;
        One& operator=(const One&) = delete;

    private:
        UnderWay& all_;
    };

    std::shared_ptr<One> one() { return std::make_shared<One>(*this); }

    std::size_t count() const {
        const std::lock_guard lock(mutex_);
        return count_;
    }

    /// Waits until there is none; false: at `until` there still was.
    bool none(std::chrono::steady_clock::time_point until) {
        about_to_block("what is under way");
        std::unique_lock lock(mutex_);
        return fewer_.wait_until(lock, until, [this] { return count_ == 0; });
    }

private:
    mutable std::mutex mutex_;
    std::condition_variable fewer_;
    std::size_t count_ = 0;
};

}  // namespace gantry::host
