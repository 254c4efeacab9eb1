// A stored definition is compiled once; whether a run fits is compared each time it is taken up.
#include "flow/plans.hpp"

#include "base/nearest.hpp"

#include <algorithm>

namespace gantry::host {
void Plans::add(Plan plan, const json& input_schema) {
    const auto& definition = plan.definition;
    store_.put_definition({definition.hash, definition.name, definition.text});
    Workflow workflow;
    if (!input_schema.is_null()) workflow.schema.emplace(input_schema);
    const std::string name = definition.name;
    workflow.pins = pins_of(plan).dump();
    workflow.plan = std::make_shared<const Plan>(std::move(plan));
    workflows_.emplace(name, std::move(workflow));
}

std::vector<const Workflow*> Plans::all() const {
    std::vector<const Workflow*> all;
    for (const auto& [name, workflow] : workflows_) all.push_back(&workflow);
    std::sort(all.begin(), all.end(), [](const auto* a, const auto* b) {
        return a->plan->definition.name < b->plan->definition.name;
    });
    return all;
}

const Workflow& Plans::workflow(const std::string& name) const {
    const auto it = workflows_.find(name);
    if (it != workflows_.end()) return it->second;
    std::vector<std::string> known;
    for (const auto* workflow : all()) known.push_back(workflow->plan->definition.name);
    throw Error(GANTRY_E_NOT_FOUND,
                "Workflow with id \"" + name + "\" not found." + did_you_mean(name, known),
                GANTRY_EF_NOT_APPLIED);
}

Plans::Fit Plans::of_run(const RunRow& run) {
    const auto it = workflows_.find(run.workflow);
    const bool current = it != workflows_.end() && it->second.plan->definition.hash == run.def_hash;
    auto plan = current ? it->second.plan : old_plan(run.def_hash);
    const auto pins = read_pins(run.pins);
    if (!pins) {
        throw Error(GANTRY_E_INTERNAL, "run " + run.id + " cannot be read: its pins are no object");
    }
    auto misfit = misfit_of(*pins, *plan);
    return {std::move(plan), std::move(misfit)};
}

std::shared_ptr<const Plan> Plans::old_plan(const std::string& hash) {
    {
        const std::lock_guard lock(mutex_);
        if (const auto it = old_.find(hash); it != old_.end()) return it->second;
    }
    const auto row = store_.definition(hash);
    if (!row) {
        throw Error(GANTRY_E_CONFIG, "its definition " + hash + " is not in the store");
    }
    auto plan = std::make_shared<const Plan>(plan_of(*row, steps_));
    const std::lock_guard lock(mutex_);
    return old_.try_emplace(hash, std::move(plan)).first->second;
}

}  // namespace gantry::host
