// One queue under one mutex. Whoever wakes a thread counts it as running at once, so that a burst
// of submissions does not wake more threads than may run.
#include "base/pool.hpp"

#include <algorithm>
#include <system_error>

namespace gantry::host {
namespace {

thread_local const Pool* current_pool = nullptr;
thread_local int blocking_depth = 0;  // sections within one another count as one

}  // namespace

Pool::Pool(Settings settings)
    : settings_{std::max<std::size_t>(settings.threads, 1),
                settings.busy != 0
                    ? settings.busy
                    : std::max<std::size_t>(std::thread::hardware_concurrency(), 1)} {}

void Pool::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    // A last task may still have started threads; nobody adds any after these have ended.
    for (std::size_t i = 0;; ++i) {
        std::thread thread;
        {
            const std::lock_guard lock(mutex_);
            if (i == threads_.size()) break;
            thread = std::move(threads_[i]);
        }
        if (thread.joinable()) thread.join();
    }
}

void Pool::submit(std::function<void()> task) {
    const std::lock_guard lock(mutex_);
    if (stopping_ && running_ == 0 && idle_ == 0) return;  // nobody is left to run it
    queue_.push_back(std::move(task));
    wake_if_needed();
}

void Pool::wake_if_needed() {
    if (queue_.empty() || running_ >= settings_.busy) return;
    if (idle_ > 0) {
        --idle_;
        ++running_;
        ++wakeups_;
        wake_.notify_one();
    } else if (threads_.size() < settings_.threads + std::min(lost_, settings_.threads)) {
        try {
            threads_.emplace_back([this] { work(); });
            ++running_;
        } catch (const std::system_error&) {
            // The system gives no more: those there are will do. Without a first one nothing can.
            if (threads_.empty()) throw;
        }
    }
}

void Pool::work() {
    current_pool = this;
    std::unique_lock lock(mutex_);
    for (;;) {
        while (!queue_.empty() && running_ <= settings_.busy) {
            auto task = std::move(queue_.front());
            queue_.pop_front();
            lock.unlock();
            task();
            task = nullptr;  // what it held is freed outside the lock
            lock.lock();
        }
        --running_;
        if (stopping_ && queue_.empty()) return;
        if (stopping_) {
            ++running_;  // the last ones drain the queue whatever the limit
            auto task = std::move(queue_.front());
            queue_.pop_front();
            lock.unlock();
            task();
            task = nullptr;
            lock.lock();
            continue;
        }
        ++idle_;
        wake_.wait(lock, [this] { return wakeups_ > 0 || stopping_; });
        if (wakeups_ > 0) {
            --wakeups_;  // the waker moved us from idle to running
        } else {
            --idle_;
            ++running_;
        }
    }
}

void Pool::replace_one() {
    const std::lock_guard lock(mutex_);
    ++lost_;
    wake_if_needed();
}

void Pool::replaced_came_back() {
    const std::lock_guard lock(mutex_);
    --lost_;  // a thread too many stays, and is the next one's replacement
}

bool Pool::is_worker() const { return current_pool == this; }

void Pool::enter_blocking() {
    if (!is_worker() || blocking_depth++ > 0) return;
    const std::lock_guard lock(mutex_);
    --running_;
    wake_if_needed();
}

void Pool::leave_blocking() {
    if (!is_worker() || --blocking_depth > 0) return;
    const std::lock_guard lock(mutex_);
    ++running_;
}

}  // namespace gantry::host
