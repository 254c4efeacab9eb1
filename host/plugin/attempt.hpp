// One attempt of a step: its slot, its deadline, its answer.
#pragma once

#include "plugin/module.hpp"

namespace gantry::host {

/// Lives until its end was told. Everything but begin() is called back.
class Attempt : public std::enable_shared_from_this<Attempt> {
public:
    Attempt(Module& module, Pool& pool, Timers& timers, StepCall step, RecordUndo record,
            std::function<void(StepEnd)> ended);

    /// Calls the plugin on this thread of the pool, or later on another one when no slot is free.
    void begin();

private:
    void run();
    std::optional<Error> why_not(const gantry_instance* instance) const;
    Error too_late() const;
    Error unanswered() const;
    void completed();
    void expired();
    void returned();
    void finish();

    Module& module_;
    Pool& pool_;
    Timers& timers_;
    const StepCall step_;
    const StepManifest& manifest_;
    const std::shared_ptr<ActiveCall> call_;
    std::function<void(StepEnd)> ended_;

    std::mutex mutex_;
    Timers::Id deadline_ = 0;
    bool returned_ = false;   // the plugin's function has
    bool completed_ = false;  // the call is over, one way or the other
    bool finished_ = false;   // told to the engine
};

}  // namespace gantry::host
