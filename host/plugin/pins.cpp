// Options marked "identity" say which system is meant; their hash is kept, not they.
#include "plugin/pins.hpp"

#include "base/hash.hpp"
#include "base/json_text.hpp"

#include <algorithm>

namespace gantry::host {
namespace {

json identity_of(const json& schema, const json& options) {
    json out = json::object();
    const auto properties = schema.is_object() ? schema.value("properties", json()) : json();
    if (!properties.is_object() || !options.is_object()) return out;
    for (const auto& [name, property] : properties.items()) {
        if (!options.contains(name)) continue;
        if (property.value("identity", false)) {
            out[name] = options.at(name);
        } else if (auto inner = identity_of(property, options.at(name)); !inner.empty()) {
            out[name] = std::move(inner);
        }
    }
    return out;
}

}  // namespace

std::string identity_of(const Module& module) {
    const auto identity = identity_of(module.manifest().options, module.config().options);
    return identity.empty() ? "" : sha256(canonical(identity));
}

void add_reached(std::vector<ModulePin>& reached, const Module& module, const Module& other) {
    const bool there =
        &other == &module || std::any_of(reached.begin(), reached.end(), [&](const ModulePin& pin) {
            return pin.module == other.name();
        });
    if (there) return;
    reached.push_back(
        {other.name(), other.manifest().id, other.manifest().version, identity_of(other)});
    for (const auto& [name, target] : other.bindings) add_reached(reached, module, *target);
}

std::vector<ModulePin> reached_from(const Module& module,
                                    const std::map<std::string, const Module*>& bind) {
    std::vector<ModulePin> reached;
    for (const auto& [name, target] : module.bindings) {
        const auto here = bind.find(name);
        add_reached(reached, module, here != bind.end() ? *here->second : *target);
    }
    return reached;
}

}  // namespace gantry::host
