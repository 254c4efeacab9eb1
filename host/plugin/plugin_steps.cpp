// Finding a step by name, and beginning an attempt of it.
#include "plugin/plugin_steps.hpp"

#include "base/nearest.hpp"
#include "plugin/attempt.hpp"

namespace gantry::host {

StepTraits PluginSteps::find(const std::string& reference) const {
    const auto slash = reference.find('/');
    const std::string name = slash == std::string::npos ? reference : reference.substr(slash + 1);
    const std::string wanted = slash == std::string::npos ? "" : reference.substr(0, slash);
    std::vector<const Module*> found;
    std::vector<std::string> known;
    for (const Module* module : container_.modules()) {
        for (const auto& step : module->manifest().steps) {
            known.push_back(wanted.empty() ? step.name : module->name() + "/" + step.name);
        }
        if (!wanted.empty() && module->name() != wanted) continue;
        if (module->library().step(name) != nullptr) found.push_back(module);
    }
    if (found.empty()) {
        throw Error(GANTRY_E_CONFIG, "no configured module exports a step \"" + reference + "\"." +
                                         did_you_mean_or_known(reference, known));
    }
    if (found.size() > 1) {
        throw Error(GANTRY_E_CONFIG, "modules \"" + found[0]->name() + "\" and \"" +
                                         found[1]->name() + "\" both export a step \"" + name +
                                         "\"; write \"" + found[0]->name() + "/" + name + "\"");
    }
    const Module& module = *found.front();
    const auto& step = *module.library().step_manifest(name);
    return {module.name(),
            name,
            module.manifest().id,
            module.manifest().version,
            step.compensable,
            step.at_most_once,
            step.input};
}

void PluginSteps::begin(StepCall call, RecordUndo record, std::function<void(StepEnd)> ended) {
    Module& module = container_.module(call.module);
    std::make_shared<Attempt>(module, pool_, timers_, std::move(call), std::move(record),
                              std::move(ended))
        ->begin();
}

}  // namespace gantry::host
