// Reads from the parts what they know and puts it into Medusa's shapes.
#include "api/listing.hpp"

#include "base/describe.hpp"

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

json list_runs(Store& store, const RunFilter& filter) {
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
    auto steps = store.steps(run.id);
    auto events = store.events(run.id);
    auto failed = unreverted(steps);
    return {std::move(run), std::move(failed), std::move(steps), std::move(events)};
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
