// A run's first row.
#pragma once

#include "flow/run_owner.hpp"

namespace gantry::host {

/// Checks the request and makes the row: complete, but for its steps. Throws Error with
/// NOT_APPLIED: INVALID_DATA for a key or an input that does not fit, TOO_LARGE. May compute the
/// workflow's "exclusive".
RunRow new_run(const RunOwner& owner, const Workflow& workflow, StartRequest request);

}  // namespace gantry::host
