// A run that begins in the middle of another one: what stands before is taken from there.
#pragma once

#include "flow/run_owner.hpp"

namespace gantry::host {

/// The new run's first write, with an event that says so: due at once, owned by nobody. Throws
/// Error NOT_FOUND, INVALID_DATA for a step that is none of the first level, REJECTED. On a thread
/// that may block.
Mutation fork_of(RunOwner& owner, const std::string& run_id, const std::string& path,
                 const Asker& asked);

}  // namespace gantry::host
