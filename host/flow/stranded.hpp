// Open runs that a host with other plugins, or another configuration, could not go on with.
#pragma once

#include "flow/steps.hpp"
#include "store/open_runs.hpp"

namespace gantry::host {

/// Those that `steps` does not fit, and why.
std::vector<StrandedRuns> stranded(std::vector<OpenRuns> open, const Steps& steps);

/// How many of which workflow, an example, and why.
std::string in_words(const StrandedRuns& stranded);

}  // namespace gantry::host
