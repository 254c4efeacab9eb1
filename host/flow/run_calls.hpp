// The calls of a run that are with the outside.
#pragma once

#include "flow/run_owner.hpp"

namespace gantry::host {

/// By task. On the run's strand.
class RunCalls {
public:
    void add(std::size_t task, std::shared_ptr<StepAttempt> attempt,
             std::shared_ptr<const Busy::Hold> busy);
    bool has(std::size_t task) const { return calls_.contains(task); }
    /// No thread is held by it any more: a stop does not wait for it.
    void handed_over(std::size_t task);

    void cancel(std::size_t task);
    void withdraw(std::size_t task);
    void cancel_all();
    /// The same, and nothing is kept of them: each holds its run until it has ended, which it may
    /// never do.
    void let_go();

    /// Ends it with an answer from outside; `told` comes back by ended(). False: it has ended, or
    /// there is none, and `told` is dropped.
    bool answer(std::size_t task, StepEnd end, Told told);
    /// It has ended: who answered it from outside, if somebody did.
    Told ended(std::size_t task);

private:
    struct Call {
        std::shared_ptr<StepAttempt> attempt;
        std::shared_ptr<const Busy::Hold> busy;
        Told answered;
    };
    std::unordered_map<std::size_t, Call> calls_;
};

}  // namespace gantry::host
