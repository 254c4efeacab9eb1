// One attempt of a step: its slot, its deadline, its answer.
#pragma once

#include "plugin/container.hpp"

namespace gantry::host {

/// What an attempt does between its begin and its end.
struct AttemptWork {
    std::string what;          // "step update-erp"
    Module* module = nullptr;  // whose slot it takes, and who is counted when it is stuck
    bool of_plugin = true;     // the module's own function runs; else it only calls services
    bool async = false;        // may be completed after `run` has returned
    std::optional<std::chrono::milliseconds> heartbeat;

    /// Why it cannot be done; asked once, before the call is open.
    std::function<std::optional<Error>()> refuse;
    /// Runs until the call is over, or asynchronous. Takes over the slot.
    std::function<void(const std::shared_ptr<ActiveCall>&, std::shared_ptr<SlotHold>)> run;
};

/// Lives until its end was told and its function has returned. Everything but begin() is called
/// back.
class Attempt : public StepAttempt, public std::enable_shared_from_this<Attempt> {
public:
    /// `call` is complete but for its number, deadline and module.
    Attempt(AttemptWork work, Pool& pool, Timers& timers, std::chrono::milliseconds timeout,
            std::shared_ptr<ActiveCall> call, std::function<void(StepEnd)> ended);

    /// Calls the plugin on this thread of the pool, or later on another one when no slot is free.
    /// For a debugger never here.
    void begin() override;
    void cancel() override;
    bool complete(StepEnd end) override;

private:
    void enter();
    void run(std::shared_ptr<SlotHold> slot);
    std::optional<Error> why_not() const;
    void open();
    void tell_soon();  // under mutex_
    void tell_to_stop();
    Error too_late() const;
    Error unanswered() const;
    void completed();
    void listen(Timers::Clock::time_point last_beat);  // under mutex_
    void hear();
    void expired(const Error& why);
    void give_up();
    void returned();
    void finish_soon();  // under mutex_
    void finish();

    Module& module() const { return *work_.module; }

    const AttemptWork work_;
    Pool& pool_;
    Timers& timers_;
    const std::chrono::milliseconds timeout_;
    const std::shared_ptr<ActiveCall> call_;
    std::function<void(StepEnd)> ended_;

    std::mutex mutex_;
    Timers::Id deadline_ = 0;
    Timers::Id heartbeat_ = 0;
    bool returned_ = false;  // the plugin's function has
    bool finished_ = false;  // the end was told, or is about to be
};

}  // namespace gantry::host
