// The answer that a run gives to who asked for it.
#pragma once

#include "api/errors.hpp"
#include "api/views.hpp"
#include "store/store.hpp"

namespace gantry::host {

/// done: 200 and the bare result. reverted: the status of its cause. failed: 500, whatever the
/// cause was. Else 202 with the run's id and state.
Answer run_answer(const RunDetails& details, ToldTo to);

/// What run_answer() looks at.
RunDetails details_for_answer(Store& store, RunRow run);

/// Where the run can be read later, as a header.
std::pair<std::string, std::string> location_of(const RunRow& run);

/// The error body of a run that was reverted or has failed.
json run_error(const RunDetails& details, ToldTo to);

}  // namespace gantry::host
