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

json workflow_view(const Engine::WorkflowInfo& info) {
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

json list_workflows(const Engine& engine) {
    json all = json::array();
    for (const auto& info : engine.workflows()) all.push_back(workflow_view(info));
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

json list_exactly(Store& store, const RunFilter& filter) {
    constexpr std::int64_t kPage = 1000;
    json all = json::array();
    std::int64_t count = 0;
    RunFilter page = filter;
    page.limit = kPage;
    for (page.offset = 0;; page.offset += kPage) {
        const auto runs = store.runs(page);
        for (const auto& run : runs) {
            if (run.idem_key.value_or(run.id) != filter.text && run.id != filter.text) continue;
            const auto at = count++;
            if (at < filter.offset || at >= filter.offset + filter.limit) continue;
            all.push_back(run_summary(run));
        }
        if (static_cast<std::int64_t>(runs.size()) < kPage) break;
    }
    return {{"workflow_executions", all},
            {"count", count},
            {"offset", filter.offset},
            {"limit", filter.limit}};
}

RunDetails load_run(Store& store, RunRow run) {
    auto steps = store.steps(run.id);
    auto events = store.events(run.id);
    auto waits_for = run.waits_for.value_or("");
    return {std::move(run), std::move(steps), std::move(events), std::move(waits_for)};
}

json show_run(Store& store, const std::string& id) {
    return {{"workflow_execution", run_view(load_run(store, find_run(store, id)))}};
}

json show_run(Store& store, const std::string& workflow, const std::string& id) {
    return {{"workflow_execution", run_view(load_run(store, find_run(store, workflow, id)))}};
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
