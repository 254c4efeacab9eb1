// Rows as JSON for people and programs; the shapes are Medusa's where it has one.
#pragma once

#include "store/rows.hpp"

#include <gantry/error.hpp>

#include <vector>

namespace gantry::host {

/// States in which a run goes on only when a person acts.
inline const std::vector<RunStatus> kNeedsPerson = {RunStatus::kFailed, RunStatus::kPaused};

/// A run with all that is known of it.
struct RunDetails {
    RunRow run;
    std::vector<StepRow> steps;
    std::vector<EventRow> events;
    std::string waits_for;  // why it stands still; empty when it does not
};

/// A run in a list.
json run_summary(const RunRow& run);

/// One run: the summary with payloads, errors of both sides, steps and events.
json run_view(const RunDetails& details);

/// Ids of the steps whose compensation failed.
std::vector<std::string> unreverted(const std::vector<StepRow>& steps);

}  // namespace gantry::host
