// A stored definition is compiled once; whether a run fits is compared each time it is taken up.
#include "flow/plans.hpp"

#include "base/nearest.hpp"
#include "flow/definition.hpp"

#include <algorithm>
#include <cstdio>
#include <set>

namespace gantry::host {
namespace {

struct Version {
    int major = 0;
    int minor = 0;

    explicit Version(const std::string& text) {
        // A manifest's version is checked when it is read.
        std::sscanf(text.c_str(), "%d.%d", &major, &minor);  // NOLINT
    }
};

std::string misfit(const json& began, const ModulePin& now) {
    const auto plugin = began.value("plugin", "");
    const auto version = began.value("version", "0.0");
    const Version then(version);
    const Version have(now.version);
    const std::string needs =
        "it needs module \"" + now.module + "\" with " + plugin + " " + version;
    if (plugin != now.plugin || then.major != have.major || then.minor > have.minor) {
        return needs + " or a later minor version; it has " + now.plugin + " " + now.version;
    }
    if (began.value("identity", now.identity) != now.identity) {
        return needs + " and the system it began with; the module's options mean another one";
    }
    return {};
}

// Empty when this host can go on with a run that began under `pins`.
std::string misfit(const json& pins, const Plan& plan) {
    std::set<std::string> reached;
    for (const auto& step : plan.steps) {
        if (!step.missing.empty()) return step.missing;
        for (const auto& pin : step.pins()) {
            reached.insert(pin.module);
            const auto began = pins.find(pin.module);
            if (began == pins.end()) {
                return "it began without module \"" + pin.module +
                       "\", which its steps would reach";
            }
            if (auto why = misfit(*began, pin); !why.empty()) return why;
        }
    }
    for (const auto& [module, pin] : pins.items()) {
        if (reached.contains(module)) continue;
        return "it began with module \"" + module + "\" (" + pin.value("plugin", "") + " " +
               pin.value("version", "") + "), which its steps would no longer reach";
    }
    return {};
}

json pins_of(const Plan& plan) {
    json pins = json::object();
    for (const auto& step : plan.steps) {
        for (const auto& pin : step.pins()) {
            pins[pin.module] = {
                {"plugin", pin.plugin}, {"version", pin.version}, {"identity", pin.identity}};
        }
    }
    return pins;
}

}  // namespace

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
    auto why = misfit(json::parse(run.pins), *plan);
    return {std::move(plan), std::move(why)};
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
    Plan made{parse_stored_definition(row->body), {}};
    for (const auto& step : made.definition.steps) {
        try {
            made.steps.push_back(steps_.find(step.what));
        } catch (const Error& e) {  // it can still be looked at, cancelled and skipped
            StepTraits gone;
            gone.name = step.what.step;
            gone.missing = e.message();
            made.steps.push_back(std::move(gone));
        }
    }
    auto plan = std::make_shared<const Plan>(std::move(made));
    const std::lock_guard lock(mutex_);
    return old_.try_emplace(hash, std::move(plan)).first->second;
}

}  // namespace gantry::host
