// Which modules a step reaches.
#pragma once

#include "plugin/module.hpp"

namespace gantry::host {

/// All other modules that calls of `module` may come to through its bindings; `bind` stands in the
/// place of its own ones.
std::vector<ModulePin> reached_from(const Module& module,
                                    const std::map<std::string, const Module*>& bind = {});

/// Adds `other`, unless it is `module`, and what is reached from it.
void add_reached(std::vector<ModulePin>& reached, const Module& module, const Module& other);

}  // namespace gantry::host
