// What may be written: always one run's rows, under that run's fence, and idempotent.
#pragma once

#include "store/rows.hpp"

#include <gantry/error.hpp>

#include <functional>
#include <variant>
#include <vector>

namespace gantry::host {

/// Writes `run` (only status, output, error, owner, updated_at and finished_at unless `accept`) and
/// upserts `steps`, all or nothing.
struct Mutation {
    RunRow run;
    /// The run is new: its row is inserted, unless its workflow and key are known already.
    bool accept = false;
    std::vector<StepRow> steps;
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
