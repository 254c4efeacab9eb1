// Giving a run back: nobody goes on with it until it is claimed again.
#pragma once

#include "flow/run_owner.hpp"

namespace gantry::host {

/// Writes the row as it is, unowned and under its next revision, again and again until the store
/// takes it or the host stops. `done` gets it then, on the thread that wrote; nothing: the run goes
/// on under another claim. [any]
void write_back(RunOwner& owner, RunRow run, std::function<void(std::optional<RunRow>)> done,
                std::vector<EventRow> events = {});

}  // namespace gantry::host
