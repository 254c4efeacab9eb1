// One queue under one mutex. One thread wakes up at a time, and that one wakes the next where more
// is queued: short tasks are over before many threads have come, long ones get theirs.
#include "base/pool.hpp"

#include "base/may_block.hpp"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <system_error>

namespace gantry::host {

using std::chrono::steady_clock;

namespace {

constinit thread_local Pool::Together* together = nullptr;

}  // namespace

// With its first thread, so that what is submitted later always finds one.
Pool::Pool(Settings settings) : settings_(std::move(settings)) {
    threads_.emplace_back([this] { work(); });
}

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

std::size_t Pool::most() const {
    const auto threads = std::max<std::size_t>(settings_.threads, 1);
    return threads + std::min(lost_, threads);
}

void Pool::submit(std::function<void()> task) {
    if (together != nullptr) {
        auto& all = together->tasks_;
        auto it = std::find_if(all.begin(), all.end(),
                               [this](const auto& of) { return of.first == this; });
        if (it == all.end()) it = all.insert(it, {this, {}});
        return it->second.push_back(std::move(task));
    }
    queue({&task, 1});
}

void Pool::queue(std::span<std::function<void()>> tasks) {
    std::unique_lock lock(mutex_);
    if (stopping_ && running_ == 0) return;  // nobody is left to run them
    if (queue_.empty() && running_ == 0) moved_ = steady_clock::now();
    for (auto& task : tasks) queue_.push_back(std::move(task));
    while (queue_.size() + running_ > threads_.size() && threads_.size() < most()) {
        try {
            threads_.emplace_back([this] { work(); });
        } catch (const std::system_error&) {
            break;  // the system gives no more: those there are will do
        }
    }
    wake_one(lock);
}

Pool::Together::Together() { together = this; }

Pool::Together::~Together() {
    together = nullptr;
    for (auto& [pool, tasks] : tasks_) pool->queue(tasks);
}

void Pool::wake_one(std::unique_lock<std::mutex>& lock) {
    const bool wakes = !queue_.empty() && !waking_ && idle_ > 0;
    waking_ = waking_ || wakes;
    lock.unlock();
    if (wakes) wake_.notify_one();
}

void Pool::work() {
    std::optional<MayNotBlock> engine;
    if (!settings_.may_block) engine.emplace("an engine thread");
    std::unique_lock lock(mutex_);
    for (;;) {
        while (queue_.empty() && !stopping_) {
            ++idle_;
            wake_.wait(lock);
            --idle_;
            waking_ = false;
        }
        if (queue_.empty()) return;
        auto task = std::move(queue_.front());
        queue_.pop_front();
        ++running_;
        wake_one(lock);
        run(task);
        task = nullptr;  // what it held is freed outside the lock
        lock.lock();
        --running_;
        moved_ = steady_clock::now();
    }
}

void Pool::run_here(const std::function<void()>& task) const {
    std::optional<MayNotBlock> engine;
    if (!settings_.may_block) engine.emplace("a thread with an engine's task");
    run(task);
}

void Pool::run(const std::function<void()>& task) const {
    std::string what = "something that is no std::exception";
    try {
        return task();
    } catch (const std::exception& e) {
        what = e.what();
    } catch (...) {  // NOLINT: said below
    }
    if (settings_.on_escape) return settings_.on_escape(what);
    std::fprintf(stderr, "a task has thrown: %s\n", what.c_str());
}

void Pool::replace_one() {
    const std::lock_guard lock(mutex_);
    ++lost_;
    if (queue_.empty() || threads_.size() >= most()) return;
    try {
        threads_.emplace_back([this] { work(); });
    } catch (const std::system_error&) {  // NOLINT: as in submit(): the others will do
    }
}

void Pool::replaced_came_back() {
    const std::lock_guard lock(mutex_);
    --lost_;  // a thread too many stays, and is the next one's replacement
}

steady_clock::duration Pool::still_for() const {
    const std::lock_guard lock(mutex_);
    if (queue_.empty() && running_ == 0) return {};
    return steady_clock::now() - moved_;
}

}  // namespace gantry::host
