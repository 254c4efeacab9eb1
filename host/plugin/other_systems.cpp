// Only modules that a run began with may have noted a system for it; one of them has to explain it.
#include "plugin/other_systems.hpp"

#include "base/describe.hpp"
#include "flow/misfit.hpp"
#include "plugin/option_paths.hpp"

#include <algorithm>

namespace gantry::host {
namespace {

// The url, and behind it what else names the place, such as a database: each is one of the options.
bool is_made_of(std::string_view system, const json& options) {
    std::vector<std::string> texts;
    for (const auto& option : options) {
        if (!option.is_string()) continue;
        auto text = option.get<std::string>();
        while (text.ends_with('/')) text.pop_back();
        if (!text.empty()) texts.push_back(std::move(text));
    }
    while (!system.empty()) {
        const auto part = std::find_if(texts.begin(), texts.end(), [&](const std::string& text) {
            const auto rest = system.substr(std::min(text.size(), system.size()));
            return system.starts_with(text) && (rest.empty() || rest[0] == '/' || rest[0] == '#');
        });
        if (part == texts.end()) return false;
        system.remove_prefix(part->size());
        system.remove_prefix(std::min(system.find_first_not_of("/#"), system.size()));
    }
    return true;
}

bool is_of(const Module& module, const std::string& system) {
    const auto& config = module.config();
    return config.system.empty() ? is_made_of(system, config.options) : config.system == system;
}

std::string in_words(const RunsOfSystem& runs, const Module& module) {
    const auto& name = module.config().system;
    const auto means =
        name.empty() ? "its options mean another one" : "it means " + in_quotes(name);
    return std::to_string(runs.count) + (runs.count == 1 ? " open run of " : " open runs of ") +
           runs.workflow + ", such as " + runs.example + ", began with the system " +
           in_quotes(runs.system) + ", and " + means +
           ": what they did there would not be undone. Where it is the same one, give the module "
           "that name: \"system\": " +
           json(runs.system).dump() + "; else end them before (gantry runs cancel)";
}

}  // namespace

std::vector<OtherSystem> other_systems(const std::vector<RunsOfSystem>& open,
                                       const Container& container) {
    std::map<std::string, const Module*> connectors;
    for (const auto* module : container.modules()) {
        if (take_name_of_system(module->manifest().options)) connectors[module->name()] = module;
    }
    std::vector<OtherSystem> found;
    for (const auto& runs : open) {
        const auto pins = read_pins(runs.pins);
        if (!pins) continue;
        const Module* other = nullptr;
        bool known = false;
        for (const auto& [name, pin] : pins->items()) {
            const auto it = connectors.find(name);
            if (it == connectors.end() || !pin.value("system", "").empty()) continue;
            known = known || is_of(*it->second, runs.system);
            other = it->second;
        }
        if (other != nullptr && !known) found.push_back({other->name(), in_words(runs, *other)});
    }
    return found;
}

}  // namespace gantry::host
