// Reads from the parts what they know and puts it into Medusa's shapes.
#include "api/listing.hpp"

#include "base/describe.hpp"
#include "base/nearest.hpp"

#include <algorithm>

namespace gantry::host {
namespace {

json module_view(const Module& module) {
    const auto& manifest = module.manifest();
    json view = {{"name", module.name()},
                 {"plugin", manifest.id},
                 {"version", manifest.version},
                 {"vendor", manifest.vendor},
                 {"file", module.library().file().string()},
                 {"service", nullptr},
                 {"methods", json::array()},
                 {"aliases", module.config().aliases},
                 {"requires", json::object()},
                 {"steps", json::array()},
                 {"state", "running"}};
    if (const auto* interface = module.interface()) {
        view["service"] = interface->name;
        for (const auto& [name, method] : interface->methods) view["methods"].push_back(name);
    }
    for (const auto& requirement : manifest.requirements) {
        if (requirement.optional)
            view["requires"][requirement.name] = nullptr;  // unless it is bound
    }
    for (const auto& [name, target] : module.bindings) view["requires"][name] = target->name();
    for (const auto& step : manifest.steps) view["steps"].push_back(step.name);
    if (module.instance() == nullptr) {
        view["state"] = "not running";
        view["failure"] = module.failure();
    }
    return view;
}

json workflow_view(const Runs::WorkflowInfo& info) {
    const auto& plan = *info.plan;
    json steps = json::array();
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
        steps.push_back({{"id", plan.definition.steps[i].id},
                         {"step", plan.steps[i].name},
                         {"module", plan.steps[i].module},
                         {"compensable", plan.steps[i].compensable}});
    }
    return {{"name", info.name},
            {"hash", info.hash},
            {"steps", steps},
            {"definition", json::parse(plan.definition.text)}};
}

// A field that nobody declares would find nothing, whatever was meant.
void check_fields(const Runs& runs, const RunFilter& filter) {
    if (filter.fields.empty()) return;
    std::vector<std::string> declared;
    for (const auto& info : runs.workflows()) {
        if (filter.workflow && info.name != *filter.workflow) continue;
        for (const auto& field : info.plan->definition.search) declared.push_back(field.name);
    }
    std::sort(declared.begin(), declared.end());
    declared.erase(std::unique(declared.begin(), declared.end()), declared.end());
    const std::string who =
        filter.workflow ? "workflow " + in_quotes(*filter.workflow) : std::string("a workflow");
    for (const auto& field : filter.fields) {
        if (std::binary_search(declared.begin(), declared.end(), field.name)) continue;
        throw Error(GANTRY_E_INVALID_DATA,
                    "Invalid request: field." + field.name +
                        ": found no such name, expected one that the \"search\" of " + who +
                        " declares." +
                        (declared.empty() ? " There is none."
                                          : did_you_mean_or_known(field.name, declared)),
                    GANTRY_EF_NOT_APPLIED);
    }
}

}  // namespace

json list_modules(const Container& container) {
    json all = json::array();
    for (const auto* module : container.modules()) all.push_back(module_view(*module));
    return {{"modules", all}};
}

json list_workflows(const Runs& runs) {
    json all = json::array();
    for (const auto& info : runs.workflows()) all.push_back(workflow_view(info));
    return {{"workflows", all}};
}

json list_runs(const Runs& runs, Store& store, const RunFilter& filter) {
    check_fields(runs, filter);
    json all = json::array();
    for (const auto& run : store.runs(filter)) all.push_back(run_summary(run));
    return {{"workflow_executions", all},
            {"count", store.count(filter)},
            {"offset", filter.offset},
            {"limit", filter.limit}};
}

json list_unaccounted(Runs& runs, std::chrono::milliseconds patience) {
    json all = json::array();
    for (const auto& run : runs.unaccounted(patience)) {
        all.push_back({{"run_id", run.run_id}, {"why", run.why}});
    }
    return {{"runs", all}};
}

RunDetails load_run(Store& store, RunRow run) {
    RunDetails details;
    if (run.unreadable) details.unreadable.push_back(*run.unreadable);
    // Pages that are broken hide what stands on them, and nothing else.
    const auto read = [&](const char* what, auto fn) {
        try {
            fn();
        } catch (const Error& e) {
            if (e.error_class() == GANTRY_CLASS_RETRYABLE) throw;
            details.unreadable.push_back(std::string(what) + ": " + e.message());
        }
    };
    read("its steps", [&] { details.steps = store.steps(run.id); });
    read("its history", [&] { details.events = store.events(run.id); });
    read("its fields", [&] { details.fields = store.fields(run.id); });
    details.unreverted = unreverted(details.steps);
    const bool in_line = run.turn && run.waits_for && run.waits_for->starts_with("turn:");
    if (in_line) details.turn_holder = store.turn_holder(run.workflow, *run.turn);
    details.run = std::move(run);
    return details;
}

std::string show_run(Store& store, const std::string& id) {
    return with_raw(json::object(),
                    {{"workflow_execution", run_text(load_run(store, find_run(store, id)))}});
}

std::string show_run(Store& store, const std::string& workflow, const std::string& id) {
    return with_raw(json::object(), {{"workflow_execution",
                                      run_text(load_run(store, find_run(store, workflow, id)))}});
}

RunRow find_run(Store& store, const std::string& id) {
    if (auto run = store.run(id)) return std::move(*run);
    throw Error(GANTRY_E_NOT_FOUND, "Run with id: " + in_quotes(id) + " was not found",
                GANTRY_EF_NOT_APPLIED);
}

RunRow find_run(Store& store, const std::string& workflow, const std::string& id) {
    if (auto run = store.run_named(workflow, id)) return std::move(*run);
    throw Error(
        GANTRY_E_NOT_FOUND,
        "Workflow " + in_quotes(workflow) + " has no run with the id or key " + in_quotes(id),
        GANTRY_EF_NOT_APPLIED);
}

}  // namespace gantry::host
