// Along the bindings, each module once.
#include "plugin/pins.hpp"

#include <algorithm>

namespace gantry::host {
void add_reached(std::vector<ModulePin>& reached, const Module& module, const Module& other) {
    const bool there =
        &other == &module || std::any_of(reached.begin(), reached.end(), [&](const ModulePin& pin) {
            return pin.module == other.name();
        });
    if (there) return;
    reached.push_back(
        {other.name(), other.manifest().id, other.manifest().version, other.config().system});
    for (const auto& [name, target] : other.bindings) add_reached(reached, module, *target);
}

std::vector<ModulePin> reached_from(const Module& module,
                                    const std::map<std::string, const Module*>& bind) {
    std::vector<ModulePin> reached;
    for (const auto& [name, target] : module.bindings) {
        if (!bind.contains(name)) add_reached(reached, module, *target);
    }
    for (const auto& [name, target] : bind) add_reached(reached, module, *target);
    return reached;
}

}  // namespace gantry::host
