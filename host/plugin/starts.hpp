// Starting modules, each on a thread of its own: one that takes long or fails costs the others
// nothing but those that require it.
#pragma once

#include "base/log.hpp"
#include "base/timers.hpp"

#include <gantry/error.hpp>

#include <condition_variable>
#include <map>
#include <optional>
#include <vector>

namespace gantry::host {

class Module;

/// A module is in at most one try at a time. One that failed is tried again from time to time; one
/// whose try was given up is not, but runs if that try succeeds in the end. [any]
class Starts {
public:
    /// `one_by_one`: for a debugger.
    Starts(Timers& timers, Log& log, bool one_by_one)
        : timers_(timers), log_(log), one_by_one_(one_by_one) {}
    ~Starts();  // waits for what is in a try
    Starts(const Starts&) = delete;
    Starts& operator=(const Starts&) = delete;

    /// Tries those of `wanted` that do not run, each when all it requires have been tried; they are
    /// among `wanted`. Waits until each runs, has failed or was given up. What failed for good, for
    /// a mistake in its configuration, is in the returned text.
    std::string run(const std::vector<Module*>& wanted);

    /// run() returns soon, now and later, and no try begins; those under way are left to
    /// themselves.
    void interrupt();

    /// No try begins any more; what one under way still makes is ended at once. False: one is.
    bool stop();
    /// Until none is under way.
    void wait();

private:
    enum class State { kIdle, kWanted, kTrying, kRuns, kFailed, kGivenUp };
    struct Entry {
        State state = State::kIdle;
        bool again = false;  // failed before, in a way that may pass
        std::optional<Error> error;
        Timers::Id alarm = 0;  // for the next try
    };

    // All under mutex_.
    bool may_begin(const Module& module) const;
    bool is_open(const Module& module) const;
    void begin(Module& module);
    void failed(Module& module, Error error);

    void try_it(Module& module);
    void try_again(Module& module);
    void given_up(Module& module);
    void say(gantry_log_level level, const Module& module, const char* what,
             const char* why = "") const noexcept;

    Timers& timers_;
    Log& log_;
    const bool one_by_one_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<const Module*, Entry> entries_;
    std::size_t trying_ = 0;  // threads
    bool interrupted_ = false;
    bool stopped_ = false;
};

}  // namespace gantry::host
