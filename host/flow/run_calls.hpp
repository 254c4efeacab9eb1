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

    /// Of a call that somebody answered from outside.
    struct Answered {
        Told told;
        std::optional<Asker> asked;
    };
    /// Ends it with an answer from outside; `told` and who it is by come back by ended(). False: it
    /// has ended, or there is none, and `told` is dropped.
    bool answer(std::size_t task, StepEnd end, Told told);
    /// It has ended; empty where nobody answered it from outside.
    Answered ended(std::size_t task);

private:
    struct Call {
        std::shared_ptr<StepAttempt> attempt;
        std::shared_ptr<const Busy::Hold> busy;
        Answered answered;
    };
    std::unordered_map<std::size_t, Call> calls_;
};

}  // namespace gantry::host
