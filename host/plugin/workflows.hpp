// The workflows of a host: those its plugins compose and those in files, checked against the steps.
#pragma once

#include "flow/saga.hpp"
#include "plugin/container.hpp"

namespace gantry::host {

struct PlannedWorkflow {
    Plan plan;
    json input_schema;  // its own, else its first step's where that gets the whole input; or null
};

/// Every mistake is added to `problems`; a workflow with one is left out. Also checks the routes:
/// that their workflows exist, and their inputs.
std::vector<PlannedWorkflow> collect_workflows(const Config& config, const Container& container,
                                               const Steps& steps, Problems& problems);

}  // namespace gantry::host
