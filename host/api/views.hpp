// Rows as JSON for people and programs; the shapes are Medusa's where it has one.
#pragma once

#include "store/rows.hpp"

#include <gantry/error.hpp>

#include <vector>

namespace gantry::host {

/// A run with all that is known of it.
struct RunDetails {
    RunRow run;
    std::vector<std::string> unreverted;  // the paths of its failed undos
    std::vector<StepRow> steps;
    std::vector<EventRow> events;
    std::vector<FieldRow> fields = {};            // by which it is found
    std::optional<std::string> turn_holder = {};  // of the turn that it waits for
    std::vector<std::string> unreadable = {};     // what of it is missing here, and why
};

/// The undos that were given up: [{"step", "by"?, "note"}].
json skipped_in(const std::vector<EventRow>& events);

/// A run in a list.
json run_summary(const RunRow& run);

/// One run: the summary with payloads, errors of both sides, steps and events.
std::string run_text(const RunDetails& details);

/// The text of an object with members more, whose values are JSON texts.
std::string with_raw(const json& object,
                     const std::vector<std::pair<std::string, std::string>>& members);

/// Ids of the steps whose compensation failed.
std::vector<std::string> unreverted(const std::vector<StepRow>& steps);

}  // namespace gantry::host
