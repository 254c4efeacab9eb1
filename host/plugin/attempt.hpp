// One attempt of a step: its thread, its slot, its time, its answer.
#pragma once

#include "plugin/container.hpp"

namespace gantry::host {

/// What an attempt does between its begin and its end.
struct AttemptWork {
    std::string what;          // "step update-erp"
    Module* module = nullptr;  // whose slot it takes, and who is counted when it is stuck
    std::string share;         // of the threads: the step, as it is bound
    bool of_plugin = true;     // the module's own function runs; else it only calls services
    bool async = false;        // may be completed after `run` has returned
    std::optional<std::chrono::milliseconds> heartbeat;

    /// Why it cannot be done; asked once, before the call is open.
    std::function<std::optional<Error>()> refuse;
    /// Runs until the call is over, or asynchronous. Takes over the slot.
    std::function<void(const std::shared_ptr<ActiveCall>&, std::shared_ptr<SlotHold>)> run;
};

/// Lives from begin() until its end was told and its function has returned, whoever holds it. Its
/// end is told on the thread on which its function has returned, else on the timer's.
class Attempt : public StepAttempt, public std::enable_shared_from_this<Attempt> {
public:
    /// `call` is complete but for its number, deadline and module.
    static std::shared_ptr<Attempt> make(AttemptWork work, Timers& timers,
                                         std::chrono::milliseconds timeout,
                                         std::shared_ptr<ActiveCall> call, AttemptEvents events);

    void begin() override;
    void cancel() override;
    void withdraw() override;
    bool complete(StepEnd end) override;

    Attempt(AttemptWork work, std::chrono::milliseconds timeout, std::shared_ptr<ActiveCall> call,
            AttemptEvents events);  // for make()

private:
    /// Only ever forwards. The call may be over in each of them; the end is told in kLeft.
    enum class Phase {
        kMade,         // not begun
        kQueued,       // for a thread or a slot
        kIn,           // its function runs
        kHandingOver,  // it has returned without an end, and that is being told
        kHandedOver,   // and was told
        kLeft,         // the call is over, and no function of it is waited for
        kTold
    };

    bool wanted();
    bool post(bool was_told) noexcept;
    void enter(const std::shared_ptr<FairThreads::Hold>& thread, bool was_told);
    std::shared_ptr<SlotHold> open(const std::shared_ptr<FairThreads::Hold>& thread, bool was_told);
    void run(std::shared_ptr<SlotHold> slot);
    void returned();
    void hand_over();
    void completed();
    void expired(bool no_heartbeat);
    void given_up();
    void leave_if_over() noexcept;  // under mutex_
    void finish_if_left();

    bool close(std::optional<Error> why);
    Error cancelled(std::uint32_t flags) const;
    Error too_late() const;
    Error silent() const;
    Error unanswered() const;
    Module& module() const { return *work_.module; }

    const AttemptWork work_;
    const std::chrono::milliseconds timeout_;
    const std::shared_ptr<ActiveCall> call_;
    const AttemptEvents events_;
    std::unique_ptr<Watch> watch_;

    std::mutex mutex_;
    Phase phase_ = Phase::kMade;
    bool withdrawn_ = false;
    // Ends made beforehand, for when there is no memory or no thread.
    CallEnd not_begun_;
    CallEnd broken_;
    std::shared_ptr<Attempt> self_;  // from begin() until its end was told
};

}  // namespace gantry::host
