// Calls that do not come back. A thread cannot be killed: it is written off, what it held is freed,
// and when too many are lost the host must be started anew.
#pragma once

#include "base/log.hpp"
#include "plugin/calls.hpp"

namespace gantry::host {

/// [any]
class Stuck {
public:
    /// Gets the id of the plugin whose call was the one too many. Called once; it must be short.
    using TooMany = std::function<void(const std::string& plugin)>;

    /// `threads`: of the pool for plugins, see limit().
    Stuck(std::size_t threads, Log& log) : threads_(threads), log_(log) {}

    void on_too_many(TooMany too_many);

    /// The function of `module` in which `call` runs is not waited for any longer: every slot that
    /// it holds is given back, and its thread is replaced where it is one of a pool. False: it has
    /// returned, or was given up before.
    bool give_up(ActiveCall& call, const Module& module);

    /// Its function has returned: the slots that it still holds are given back. What it answers
    /// after it was given up was dropped.
    void returned(ActiveCall& call, const Module& module);

    /// At this moment.
    std::size_t count() const { return count_; }
    /// As many may be stuck: 4, or a tenth of the threads where that is more.
    std::size_t limit() const;

private:
    const std::size_t threads_;
    Log& log_;
    std::mutex mutex_;
    TooMany too_many_;
    std::atomic<std::size_t> count_{0};
};

}  // namespace gantry::host
