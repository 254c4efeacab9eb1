// What a person or another system asks of runs, as the management API words it; the command line
// uses it where no host runs.
#pragma once

#include "flow/runs.hpp"
#include "store/store.hpp"

namespace gantry::host {

/// What can be asked of one run: cancel, pause, resume, retry, skip, fork, signals.
const std::vector<std::string>& run_verbs();

/// How it ended.
struct Controlled {
    std::optional<Error> error;
    std::string run_id;  // whose state is the answer: of fork the new run's
    json answer;         // what is answered instead; null: the run
};
/// Comes once, on a thread that may not block.
using Then = std::function<void(Controlled)>;

// Bodies are JSON texts that have passed check_json, or empty. Each may say who asks, "by" (at most
// kMaxBy characters; without it `asker` does), and why, "note" (at most kMaxNote); the run's events
// tell it. What is wrong with a body is thrown
// at once: Error INVALID_DATA. All else comes later: NOT_FOUND, REJECTED with the state that the
// run is in, UNAVAILABLE. None waits for a run; those with a store read it before they return.

/// Does one of run_verbs(). For signals the answer is {"known", "awaited"}: whether this
/// id was sent before, and whether this was what the run stood and waited for.
void control_run(Runs& runs, Store& store, const std::string& verb, const std::string& run_id,
                 const std::string& body, const std::string& asker, Then then);

/// Answers a step from outside: {"transaction_id", "step_id", "response"?, "compensate_input"?,
/// "action"?, "force_permanent_failure"?}; with the action "compensate" its undo. A failure ends
/// the attempt: UNAVAILABLE with the response as its details, and REJECTED, which no further
/// attempt follows, where it is permanent. {"success": true}
void supply_step(Runs& runs, Store& store, const std::string& workflow, bool success,
                 const std::string& body, const std::string& asker, Then then);

}  // namespace gantry::host
