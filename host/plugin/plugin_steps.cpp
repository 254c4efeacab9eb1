// Finding a step by name, and beginning an attempt of it.
#include "plugin/plugin_steps.hpp"

#include "base/nearest.hpp"
#include "plugin/call_step.hpp"
#include "plugin/pins.hpp"
#include "plugin/step_function.hpp"

#include <algorithm>

namespace gantry::host {

namespace {

// Whether a call of `module` may call into `other` in the end. `seen`: asked already.
bool reaches(const Module& module, const Module& other, std::set<const Module*>& seen) {
    if (&module == &other) return true;
    if (!seen.insert(&module).second) return false;
    return std::any_of(module.bindings.begin(), module.bindings.end(),
                       [&](const auto& binding) { return reaches(*binding.second, other, seen); });
}

void check_bind(const Container& container, const Module& module,
                const std::map<std::string, std::string>& bind) {
    std::string problems;
    const auto complain = [&](const std::string& problem) {
        problems += (problems.empty() ? "" : "; ") + problem;
    };
    for (const auto& [required, target] : bind) {
        std::set<const Module*> seen;
        const auto wrong = container.problems_of_binding(module, required, target);
        for (const auto& problem : wrong) complain(problem);
        if (!wrong.empty() || !reaches(container.module(target), module, seen)) continue;
        complain("module \"" + target + "\" cannot serve as \"" + required + "\" here: it is \"" +
                 module.name() + "\" or requires it, and each would wait for the other");
    }
    if (!problems.empty()) throw Error(GANTRY_E_CONFIG, problems);
}

}  // namespace

StepTraits PluginSteps::find(const StepReference& what) const {
    if (what.service) return call_step_traits(container_, *what.service);
    const std::string& reference = what.step;
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
    check_bind(container_, module, what.bind);
    const auto& step = *module.library().step_manifest(name);
    std::map<std::string, const Module*> bind;
    for (const auto& [required, target] : what.bind) {
        bind.emplace(required, &container_.module(target));
    }
    return {module.name(),
            name,
            module.manifest().id,
            module.manifest().version,
            step.compensable,
            step.at_most_once,
            step.records_undo,
            step.async,
            step.input,
            module.config().system,
            reached_from(module, bind)};
}

std::shared_ptr<StepAttempt> PluginSteps::attempt(StepCall call, AttemptEvents events) {
    const auto step = std::make_shared<const StepCall>(std::move(call));
    Module& module = container_.module(step->module);
    const auto* service =
        step->what != nullptr && step->what->service ? &*step->what->service : nullptr;
    auto active = std::make_shared<ActiveCall>();
    active->run_id = step->run_id;
    active->workflow = step->workflow;
    active->key = step->key;
    if (step->what != nullptr) {
        for (const auto& [required, target] : step->what->bind) {
            active->bind.emplace(required, &container_.module(target));
        }
    }
    if (step->side == Side::kInvoke) {
        active->record = std::move(events.record);
        active->records_undo = service != nullptr
                                   ? service->record.has_value()
                                   : module.library().step_manifest(step->name)->records_undo;
        active->undo_recorded = step->undo.has_value();
    }
    auto work = service != nullptr ? call_step(module.container(), *service, step)
                                   : step_function(module, step);
    return Attempt::make(std::move(work), timers_, step->timeout, std::move(active),
                         std::move(events));
}

}  // namespace gantry::host
