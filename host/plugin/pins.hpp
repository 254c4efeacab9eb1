// Which modules a step reaches, and which systems they mean.
#pragma once

#include "plugin/module.hpp"

namespace gantry::host {

/// The hash of those options of a module that its plugin marks as "identity"; empty: none.
std::string identity_of(const Module& module);

/// All other modules that calls of `module` may come to through its bindings; `bind` stands in the
/// place of its own ones.
std::vector<ModulePin> reached_from(const Module& module,
                                    const std::map<std::string, const Module*>& bind = {});

/// Adds `other`, unless it is `module`, and what is reached from it.
void add_reached(std::vector<ModulePin>& reached, const Module& module, const Module& other);

}  // namespace gantry::host
