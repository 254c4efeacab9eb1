// Threads that run tasks in the order submitted.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace gantry::host {

/// One thread is there from the beginning; more are made when a task finds none idle, up to the
/// settings' number. What a task throws is a defect of the task: it is caught here, for all, and
/// given to `on_escape`.
class Pool {
public:
    struct Settings {
        /// Threads at the most; a task beyond waits.
        std::size_t threads = 64;
        /// Tasks may wait for what others do. Where not, about_to_block() ends the process.
        bool may_block = true;
        /// Gets what a task has thrown, in words. Empty: they go to stderr.
        std::function<void(const std::string& what)> on_escape = {};
    };

    explicit Pool(Settings settings);
    Pool() : Pool(Settings{}) {}
    ~Pool() { stop(); }
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;

    /// [any]
    void submit(std::function<void()> task);

    /// While it lives, what the calling thread submits is kept; at its end each pool gets its tasks
    /// at once, which wakes as few threads as they need. One a thread.
    class Together {
    public:
        Together();
        ~Together();
        Together(const Together&) = delete;
        Together& operator=(const Together&) = delete;

    private:
        friend Pool;
        std::vector<std::pair<Pool*, std::vector<std::function<void()>>>> tasks_;
    };

    /// Runs what is queued, then ends the threads; what is submitted later is dropped. Not on a
    /// thread of the pool.
    void stop();

    /// A thread is not coming back from a task: one more may be made in its place, so that there
    /// are as many as before; at most twice as many in all. [any]
    void replace_one();
    /// It came back after all. [any]
    void replaced_came_back();

    /// Runs `task` on the calling thread as one of the pool would: as the settings say.
    void run_here(const std::function<void()>& task) const;

    /// As in the settings.
    std::size_t threads() const { return settings_.threads; }
    bool may_block() const { return settings_.may_block; }

    /// For how long no task has ended although some were queued or running; zero when there is no
    /// task. [any]
    std::chrono::steady_clock::duration still_for() const;

private:
    void queue(std::span<std::function<void()>> tasks);  // which it takes
    void work();
    void run(const std::function<void()>& task) const;
    void wake_one(std::unique_lock<std::mutex>& lock);  // which it gives back
    std::size_t most() const;                           // under mutex_: threads there may be now

    const Settings settings_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::function<void()>> queue_;
    std::vector<std::thread> threads_;
    std::size_t running_ = 0;                      // threads with a task
    std::size_t idle_ = 0;                         // those that wait for one
    bool waking_ = false;                          // one of them was told and has not come yet
    std::size_t lost_ = 0;                         // replaced and not back
    std::chrono::steady_clock::time_point moved_;  // when a task last ended, or the first came
    bool stopping_ = false;
};

}  // namespace gantry::host
