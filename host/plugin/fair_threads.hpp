// The threads of a pool, shared fairly: what hangs does not take all of them.
#pragma once

#include "base/pool.hpp"

#include <condition_variable>
#include <list>
#include <map>
#include <memory>

namespace gantry::host {

/// A task has a share by a name, that of a step as it is bound, and its module. It begins only
/// while fewer of its share run than three times the threads that are idle, and fewer of its module
/// than seven times: of 64 threads one share takes 48 at most, one module 56, two of two modules
/// 27 or 28 each. Of modules that hang altogether a second one takes 6 more and a third 2; who is
/// only slow gives them back. Who has
/// to wait holds no thread, and is looked at again whenever any task ends. All tasks of the pool
/// come through here. A share is kept once it was named: there are as many as modules, and steps as
/// definitions bind them.
class FairThreads {
    struct Share;

public:
    class Hold;
    /// What it throws goes to the pool.
    using Task = std::function<void(const std::shared_ptr<Hold>&)>;

    /// A thread of the pool, while a task is on it.
    class Hold {
    public:
        Hold(FairThreads& threads, Share& share, Task task)
            : threads_(threads), share_(share), task_(std::move(task)) {}
        Hold(const Hold&) = delete;
        Hold& operator=(const Hold&) = delete;

        /// The task is not waited for any longer: the pool makes one more thread in its place, and
        /// it counts for nobody. Nothing when the task is over. [any]
        void give_up();

    private:
        friend FairThreads;
        enum class State { kHeld, kGivenUp, kOver };

        FairThreads& threads_;
        Share& share_;
        Task task_;
        State state_ = State::kHeld;  // under the mutex of threads_
    };

    /// While it lives the calling thread is about to end the task of `hold`: what it submits is
    /// looked at when it has, by itself, instead of waking another thread for it.
    class Ending {
    public:
        explicit Ending(const Hold& hold);
        ~Ending();
        Ending(const Ending&) = delete;
        Ending& operator=(const Ending&) = delete;
    };

    /// While it lives no task begins but those that let others end; what waits keeps its place.
    /// [any]
    class Rest {
    public:
        explicit Rest(FairThreads& threads);
        ~Rest();
        Rest(const Rest&) = delete;
        Rest& operator=(const Rest&) = delete;

        /// Waits until no task runs, those that were given up included. Empty, or after `patience`
        /// what still does, for people.
        std::string wait(std::chrono::milliseconds patience);

    private:
        FairThreads& threads_;
    };

    /// `pool` outlives it, and is stopped before it goes.
    explicit FairThreads(Pool& pool) : pool_(pool) {}
    FairThreads(const FairThreads&) = delete;
    FairThreads& operator=(const FairThreads&) = delete;

    /// Runs `task` when its turn has come: those of one share, which is a module's, in their order.
    /// Throws when no thread can be had at all; then it does not run. `ends_others`: all tasks of
    /// this share let others end, and begin during a rest as well. [any]
    void submit(const std::string& module, const std::string& share, Task task,
                bool ends_others = false);
    /// From now on a rest waits for nothing: the host ends. [any]
    void hurry();

    /// Tasks that run and were not given up, and those that wait. [any]
    std::size_t running() const;
    std::size_t waiting() const;

private:
    using Turn = std::shared_ptr<Hold>;
    struct Share {
        std::size_t& of_module;  // how many of all its shares run
        std::size_t running = 0;
        std::list<Turn> waiting;
        bool ends_others = false;
    };

    Share& share_of(const std::string& module, const std::string& name);
    void count(Share& share, int by);
    std::size_t idle() const;
    Turn next();
    bool begin_what_may();
    bool begin(const Turn& turn);
    std::string what_runs() const;
    void work(Turn turn);
    Turn over(Hold& hold);

    Pool& pool_;
    mutable std::mutex mutex_;
    std::list<Share> shares_;  // whose last task began longest ago stands first
    std::map<std::string, std::list<Share>::iterator> share_of_;
    std::map<std::string, std::size_t> of_module_;
    std::size_t held_ = 0;     // threads with a task that was not given up
    std::size_t lost_ = 0;     // given up, and not back
    std::size_t resting_ = 0;  // how many want that none begins
    bool hurries_ = false;
    std::condition_variable fewer_;
};

}  // namespace gantry::host
