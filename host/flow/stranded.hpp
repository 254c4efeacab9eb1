// Open runs that a host with other plugins, or another configuration, could not go on with.
#pragma once

#include "flow/steps.hpp"
#include "store/open_runs.hpp"

namespace gantry::host {

/// A line for each reason, of those runs that `steps` does not fit: how many of which workflow, an
/// example, and why.
std::vector<std::string> stranded(const std::vector<OpenRuns>& open, const Steps& steps);

}  // namespace gantry::host
