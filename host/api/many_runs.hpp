// The same asked of many runs.
#pragma once

#include "api/control.hpp"

namespace gantry::host {

/// What can be asked of many runs: resume, cancel.
const std::vector<std::string>& many_verbs();

/// As control_run, for every run that is meant, some at a time. With "dry_run" they are only
/// listed. {"runs": [{"run_id", "workflow_id", "waits_for", DID, "error"?}], "count", DID,
/// "dry_run"}, where DID is "resumed" or "cancelled".
///
/// resume: {"waits_for"}: all paused runs whose reason begins so.
/// cancel: {"workflow_id"?, "state"?, "waits_for"?, "needs_person"?, "since"?, "abandon"?}: one of
/// the first five at least, as the list of runs has them; of runs that are not over, and with
/// "abandon" of those as well that revert already.
void control_many(Runs& runs, Store& store, const std::string& verb, const std::string& body,
                  const std::string& asker, Then then);

}  // namespace gantry::host
