// What the management API shows, as JSON; the command line uses it where no host runs.
#pragma once

#include "api/views.hpp"
#include "flow/runs.hpp"
#include "plugin/container.hpp"
#include "store/store.hpp"

namespace gantry::host {

/// {"modules": [...]}
json list_modules(const Container& container);

/// The same, where each module whose plugin can tell was asked whether its system is reached:
/// {"reach": {"reached", "ms", "error"}}. One that does not run reaches nothing. `then` gets it
/// when all have told, after 5.5 s at the latest; the container outlives those that have not. [any]
void list_reached_modules(Container& container, Timers& timers, std::function<void(json)> then);

/// "its system is reached, in 12.3 ms", or that it is not and why: of a module's "reach".
std::string reach_in_words(const json& reach);

/// {"workflows": [...]}
json list_workflows(const Runs& runs);

/// {"workflow_executions", "count", "offset", "limit"}. May wait for the disk, as those below.
/// Throws Error INVALID_DATA for a field that the workflow, or none where no one is named,
/// declares.
json list_runs(const Runs& runs, Store& store, const RunFilter& filter);

/// A run that has been due for so long, though a host serves, counts as one that nobody takes.
inline constexpr auto kUnaccountedAfter = std::chrono::minutes(1);

/// {"runs": [{"run_id", "why"}]}: Runs::unaccounted.
json list_unaccounted(Runs& runs, std::chrono::milliseconds patience = kUnaccountedAfter);

/// The rows of a run and what it waits for.
RunDetails load_run(Store& store, RunRow run);

/// {"workflow_execution": ...} of the run with this id, or, with a workflow, this id or key. Throws
/// Error NOT_FOUND.
std::string show_run(Store& store, const std::string& id);
std::string show_run(Store& store, const std::string& workflow, const std::string& id);

/// The run's row. Throws Error NOT_FOUND.
RunRow find_run(Store& store, const std::string& id);
RunRow find_run(Store& store, const std::string& workflow, const std::string& id);

}  // namespace gantry::host
