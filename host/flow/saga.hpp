// The state machine of one run: rows and events in, rows and commands out. No clock, no I/O, no
// threads; everything that can fail stands around it.
#pragma once

#include "flow/definition.hpp"
#include "flow/retry.hpp"
#include "flow/steps.hpp"
#include "store/mutation.hpp"

namespace gantry::host {

/// A definition with what the plugins say of its steps, in the same order. Immutable.
struct Plan {
    Definition definition;
    std::vector<StepTraits> steps;
};

/// Which row: a step, by its place in the definition, and a side.
struct StepSide {
    std::size_t step = 0;
    Side side = Side::kInvoke;
};

/// To be carried out once the rows of its Change are durable.
struct CallCommand {
    StepSide at;
    std::int64_t attempt = 1;
    std::string input;
    std::optional<std::string> output;  // compensate: what invoke answered
    std::optional<std::string> undo;
    std::chrono::milliseconds delay{};  // wait before it
};

struct Change {
    bool accept = false;
    std::vector<StepSide> rows;  // to be written, together with the run's
    std::optional<CallCommand> call;
    bool over = false;  // done, reverted or failed
};

class Saga {
public:
    /// `steps`: the rows so far; none for a new run. `plan` outlives it.
    Saga(const Plan& plan, const RetryPolicies& policies, RunRow run, std::vector<StepRow> steps);

    /// What to do first, for a new run or for one that was loaded. Times are milliseconds.
    Change begin(std::int64_t now);

    /// One attempt has ended. `random` in [0, 1) spreads the delay before the next.
    Change ended(StepSide at, StepEnd end, std::int64_t now, double random);

    /// The running attempt of `step` recorded its undo data. Nothing when none is running.
    std::optional<Change> undo_recorded(std::size_t step, std::string undo, std::int64_t now);

    /// The rows of a change as they are now; may be built again as long as it is not durable.
    Mutation mutation(const Change& change) const;

    const RunRow& run() const { return run_; }

    /// "run/step" or "run/step/compensate".
    std::string key(StepSide at) const;

private:
    struct Node {
        std::optional<StepRow> invoke;
        std::optional<StepRow> compensate;
        // An earlier attempt may have had an effect: its undo data stays, whatever later ones say.
        bool touched = false;
        // An attempt ended without anybody knowing whether it took effect: a crash, a lost reply.
        bool unknown = false;
        int bugs = 0;
    };

    void advance(Change& change, std::int64_t now);
    void start_invoke(Change& change, std::size_t step, std::int64_t now);
    void compensate_next(Change& change, std::int64_t now);
    void call_again(Change& change, StepSide at, std::chrono::milliseconds delay);
    void succeeded(Change& change, StepSide at, StepEnd end, std::int64_t now);
    void gave_up(Change& change, StepSide at, const Error& error, std::int64_t now);
    void pause(StepSide at, const Error& error);
    void revert(Change& change, const json& cause, std::size_t from, std::int64_t now);
    void finish(Change& change, RunStatus status, std::int64_t now);
    std::string evaluate(const Template& compiled) const;
    CallCommand command(StepSide at) const;
    bool needs_undo(const Node& node, const StepTraits& traits) const;
    std::optional<StepRow>& row(StepSide at);
    json error_of(StepSide at, const Error& error) const;

    const Plan& plan_;
    const RetryPolicies& policies_;
    RunRow run_;
    bool is_new_;
    std::vector<Node> nodes_;
    std::size_t next_ = 0;  // invoking: the step to run; compensating: one past the step to look at
    bool undo_failed_ = false;
    int resumed_attempts_ = 1;  // what taking up a loaded compensation adds to its attempts
};

}  // namespace gantry::host
