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
/// and consumes signals, all or nothing.
struct Mutation {
    RunRow run;
    /// The run is new: its row is inserted, unless its workflow and key are known already.
    bool accept = false;
    std::vector<StepRow> steps;
    std::vector<EventRow> events;
    std::vector<std::string> consumed;  // ids of signals
};

/// How a mutation ended.
struct Committed {};
struct Stale {};  // somebody else claimed the run since: nothing was written
struct Known {    // accept: this workflow and key were accepted before
    RunRow run;
};
using Outcome = std::variant<Committed, Stale, Known, Error>;

/// Called once, on the writer's thread: short, and throws nothing.
using Done = std::function<void(Outcome)>;

}  // namespace gantry::host
