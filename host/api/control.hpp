// What a person or another system asks of runs, as the management API words it; the command line
// uses it where no host runs.
#pragma once

#include "flow/engine.hpp"

namespace gantry::host {

/// What can be asked of one run: cancel, pause, resume, retry, skip, fork, signals.
const std::vector<std::string>& run_verbs();

// Bodies are JSON texts that have passed check_json, or empty. All may wait for the disk and throw
// Error INVALID_DATA for a body, NOT_FOUND, or REJECTED with the state that the run is in.

/// Does one of run_verbs(). {"workflow_execution"} of the run, for fork of the new one; for signals
/// {"known"}.
json control_run(Engine& engine, Store& store, const std::string& verb, const RunRow& run,
                 const std::string& body);

/// Answers a step from outside: {"transaction_id", "step_id", "response"?, "compensate_input"?}.
/// A failure is REJECTED with the response as its details. {"success": true}
json supply_step(Engine& engine, Store& store, const std::string& workflow, bool success,
                 const std::string& body);

/// Resumes every paused run whose reason begins so: {"waits_for", "dry_run"?}. {"runs": [{"run_id",
/// "workflow_id", "waits_for", "resumed", "error"?}], "count", "resumed", "dry_run"}
json resume_paused(Engine& engine, Store& store, const std::string& body);

}  // namespace gantry::host
