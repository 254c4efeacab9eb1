// What may be written: always one run's rows, under that run's fence, and idempotent.
#pragma once

#include "store/rows.hpp"

#include <gantry/error.hpp>

#include <functional>
#include <variant>
#include <vector>

namespace gantry::host {

/// Writes `run` (unless `accept` only what a transition changes: status, output, error, owner,
/// wanted, wake_at, waits_for, crashes, updated_at, finished_at), upserts `steps`, adds `events`
/// and consumes signals, all or nothing. Of an update `id`, `workflow`, `turn`, `fence` and
/// `revision` say which run is meant and guard it.
///
/// Turns: accepting a run that has one takes it, where nobody holds it; else the run is written as
/// one that waits for it, without its steps and events unless it is a fork, whose steps are done.
/// Writing that a run is over hands its turn to whoever was accepted first of those that wait for
/// it, which is due then.
struct Mutation {
    RunRow run;
    /// The run is new: its row is inserted, unless its workflow and key are known already.
    bool accept = false;
    std::vector<StepRow> steps;
    std::vector<EventRow> events;
    std::vector<std::string> consumed;  // ids of signals
    std::vector<FieldRow> fields;       // accept: the run is found by them
};

/// How a mutation ended.
struct Committed {
    bool made_due = false;  // another run was: it is its turn
};
struct Waits {};  // accept: another run holds its turn; it was accepted and waits, unowned
struct Stale {};  // somebody else claimed the run since: nothing was written
struct Known {    // accept: this workflow and key were accepted before
    RunRow run;
};
/// An Error of class RETRYABLE may pass; without NOT_APPLIED nobody knows whether it was written.
/// Any other says that this mutation cannot be written.
using Outcome = std::variant<Committed, Waits, Stale, Known, Error>;

/// Called once, on the thread that wrote, which may not block: short, and throws nothing.
using Done = std::function<void(Outcome)>;

}  // namespace gantry::host
