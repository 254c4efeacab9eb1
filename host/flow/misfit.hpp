// Whether a run that began under some pins can go on with what this host has.
#pragma once

#include "flow/steps.hpp"

namespace gantry::host {

struct Plan;

/// Why not. What a run still has to undo may be undone where only other steps do not fit.
struct Misfit {
    std::string why = {};                 // empty: it can
    std::vector<std::string> steps = {};  // the same for each step of the plan, empty: that one can

    bool is_none() const { return why.empty(); }
};

/// {"module": {"plugin", "version", "system"}}: what a run that begins with this plan holds on to.
json pins_of(const Plan& plan);

/// Those of a run, from their text; nothing where they are spoilt.
std::optional<json> read_pins(const std::string& text);

/// `pins`: those that it began with.
Misfit misfit_of(const json& pins, const Plan& plan);

/// A step that nobody exports any more has a `missing`. Throws Error INTERNAL for a definition that
/// this program cannot read.
Plan plan_of(const DefinitionRow& stored, const Steps& steps);

}  // namespace gantry::host
