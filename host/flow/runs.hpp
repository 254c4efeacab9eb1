// What can be asked of runs: by the API, the command line and tests. The engine answers.
#pragma once

#include "flow/saga.hpp"
#include "store/store.hpp"

#include <functional>

namespace gantry::host {

/// A run as it stands: over, paused, or waiting without anybody that goes on with it.
struct Stand {
    RunRow run;
    std::vector<std::string> unreverted;  // the paths of its failed undos
};

struct StartRequest {
    std::string workflow;
    std::string input;                    // JSON
    std::optional<std::string> idem_key;  // at most 128 printable ASCII bytes
    /// Comes once, when the new run is over or paused. Not for a run that was known.
    std::function<void(const Stand&)> stopped = {};
};

/// The answer to a start: the run, or the error that refused it. With NOT_APPLIED nothing was
/// written; without it, nobody knows yet, and the run goes on if it was.
struct Accepted {
    std::optional<Error> error;
    std::string run_id;
    bool known = false;       // the key had been used with the same input: this is that run
    std::uint64_t watch = 0;  // of StartRequest::stopped, for unwatch
};

/// Answers to what was asked: done and durable, or why not.
using Told = std::function<void(std::optional<Error>)>;

/// All functions are [any] and wait for nothing, but for unaccounted(), which reads the store, and
/// start(), which checks the input on the caller's thread and may compute an expression. Callbacks
/// come once, on threads that may not block, and throw nothing. Who asks for a verb, and why, is
/// told in the run's events. Errors are NOT_FOUND, REJECTED with the state that the run is in, and
/// UNAVAILABLE, after 10 s at the latest.
class Runs {
public:
    virtual ~Runs() = default;

    struct WorkflowInfo {
        std::string name;
        std::string hash;
        const Plan* plan;  // as long as this
    };
    virtual std::vector<WorkflowInfo> workflows() const = 0;

    /// Accepts a run; `accepted` comes once it is durable, or refused.
    virtual void start(StartRequest request, std::function<void(Accepted)> accepted) = 0;

    /// When a watch comes.
    enum class Watch { kStopped, kStands };
    /// Comes when the run is over or paused from now on; kStands: also when it begins to wait. Who
    /// asks reads the row afterwards: it may be so already. Gives a number for unwatch.
    virtual std::uint64_t watch(const std::string& run_id, Watch when,
                                std::function<void(const Stand&)> seen) = 0;
    /// It no longer comes, but may be under way.
    virtual void unwatch(std::uint64_t watch) = 0;

    /// Lets a paused run go on.
    virtual void resume(const std::string& run_id, Asker asked, Told told) = 0;
    /// No further step; what was done is undone, but for the steps that are given up, by their
    /// paths (see Saga::cancel). One that reverts already can be cancelled to give something up.
    virtual void cancel(const std::string& run_id, std::vector<std::string> give_up, Asker asked,
                        Told told) = 0;
    /// Undoes what a run that is done did.
    virtual void revert(const std::string& run_id, Asker asked, Told told) = 0;
    /// No further call, then the state `paused`.
    virtual void pause(const std::string& run_id, Asker asked, Told told) = 0;
    /// Asks for the failed undos of a failed run again.
    virtual void retry(const std::string& run_id, Asker asked, Told told) = 0;
    /// Gives up one failed undo of a failed run.
    virtual void skip(const std::string& run_id, const std::string& path, Asker asked,
                      Told told) = 0;
    /// Answers a step, or its undo, that is under way, waits, or paused the run, as if its attempt
    /// had ended so; StepEnd::supplied says who does. An undo that failed is answered as done.
    virtual void supply(const std::string& run_id, const std::string& path, Side side, StepEnd end,
                        Told told) = 0;
    /// Sends a signal; `known`: this id was sent before.
    virtual void signal(const std::string& run_id, SignalRow signal,
                        std::function<void(std::optional<Error>, bool known)> told) = 0;
    /// A new run of the same definition and input that begins at a step of the first level: what
    /// stands before it is taken from `run_id`.
    virtual void fork(const std::string& run_id, const std::string& path, Asker asked,
                      std::function<void(std::optional<Error>, std::string new_run)> told) = 0;

    /// When the host takes up runs again after too many starts; nothing: it does.
    virtual std::optional<std::int64_t> calm_at() const = 0;
    /// Store::unaccounted, but for what is due and may wait still (Claims::come_to), and the runs
    /// of this host, last written longer than `patience` ago, with which nothing in it goes on.
    /// Empty at all times while a host serves.
    virtual std::vector<Unaccounted> unaccounted(std::chrono::milliseconds patience) = 0;
    /// For how long nothing has moved although there is work: the engine's threads, or the store.
    virtual std::chrono::steady_clock::duration still_for() const = 0;
};

}  // namespace gantry::host
