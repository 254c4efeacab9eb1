// What the management API shows, as JSON; the command line uses it where no host runs.
#pragma once

#include "api/views.hpp"
#include "flow/engine.hpp"
#include "plugin/container.hpp"

namespace gantry::host {

/// {"modules": [...]}. `ping`: each module whose plugin can tell is asked whether its system is
/// reached, all at once, 5 s at the most: {"reach": {"reached", "ms", "error"}}. One that does not
/// run reaches nothing.
json list_modules(Container& container, bool ping);

/// {"workflows": [...]}
json list_workflows(const Engine& engine);

/// {"workflow_executions", "count", "offset", "limit"}. May wait for the disk, as those below.
json list_runs(Store& store, const RunFilter& filter);

/// The same, of those runs whose key, or else id, is filter.text.
json list_exactly(Store& store, const RunFilter& filter);

/// The rows of a run and what it waits for.
RunDetails load_run(Store& store, RunRow run);

/// {"workflow_execution": ...} of the run with this id, or, with a workflow, this id or key. Throws
/// Error NOT_FOUND.
json show_run(Store& store, const std::string& id);
json show_run(Store& store, const std::string& workflow, const std::string& id);

/// The run's row. Throws Error NOT_FOUND.
RunRow find_run(Store& store, const std::string& id);
RunRow find_run(Store& store, const std::string& workflow, const std::string& id);

}  // namespace gantry::host
