// Threads for work that may block: plugin calls, and what continues a run after a commit.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace gantry::host {

/// Tasks run in the order submitted, on threads made when needed: while no more than `busy` threads
/// run host code, and those inside a Blocking section are not counted, nothing waits.
class Pool {
public:
    struct Settings {
        /// Threads at the most; a task beyond waits.
        std::size_t threads = 64;
        /// Threads that may run host code at once; 0: one per processor.
        std::size_t busy = 0;
    };

    explicit Pool(Settings settings);
    Pool() : Pool(Settings{}) {}
    ~Pool() { stop(); }
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;

    /// [any] A task throws nothing.
    void submit(std::function<void()> task);

    /// Runs what is queued, then ends the threads; what is submitted later is dropped. Not on a
    /// thread of the pool.
    void stop();

    /// A thread is not coming back from a call: one more may be made in its place, so that there
    /// are as many as before; at most twice as many in all. [any]
    void replace_one();
    /// It came back after all. [any]
    void replaced_came_back();

    /// As in the settings.
    std::size_t threads() const { return settings_.threads; }

    /// Marks the calling thread, if it is one of the pool's, as one that may block.
    class Blocking {
    public:
        explicit Blocking(Pool& pool) : pool_(pool) { pool_.enter_blocking(); }
        ~Blocking() { pool_.leave_blocking(); }
        Blocking(const Blocking&) = delete;
        Blocking& operator=(const Blocking&) = delete;

    private:
        Pool& pool_;
    };

private:
    void work();
    void wake_if_needed();  // under mutex_
    bool is_worker() const;
    void enter_blocking();
    void leave_blocking();

    const Settings settings_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::function<void()>> queue_;
    std::vector<std::thread> threads_;
    std::size_t running_ = 0;  // threads in host code, or about to be
    std::size_t idle_ = 0;
    std::size_t wakeups_ = 0;  // given and not yet taken
    std::size_t lost_ = 0;     // replaced and not back
    bool stopping_ = false;
};

}  // namespace gantry::host
