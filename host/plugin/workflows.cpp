// One definition at a time; a problem is placed in the file, or named by its plugin.
#include "plugin/workflows.hpp"

#include "base/nearest.hpp"
#include "base/schema.hpp"

#include <algorithm>

namespace gantry::host {
namespace {

class Collector {
public:
    Collector(const Steps& steps, Problems& problems) : steps_(steps), problems_(problems) {}

    /// `place_of` turns a JSON pointer into a place; `from` names the source for people.
    void add(const json& source, const std::string& from,
             const std::function<Place(const std::string&)>& place_of) {
        std::vector<DefinitionProblem> found;
        auto definition = parse_definition(source, found);
        auto traits = find_steps(source, found);
        std::optional<PlannedWorkflow> workflow;
        if (found.empty()) workflow = plan({std::move(*definition), std::move(traits)}, found);
        for (const auto& problem : found) {
            problems_.add(place_of(problem.pointer), dotted(problem.pointer), problem.message);
        }
        if (!found.empty()) {
            if (source.is_object()) known_.push_back(source.value("name", ""));
            return;
        }
        const auto& name = workflow->plan.definition.name;
        if (const auto [it, first] = from_.emplace(name, from); !first) {
            problems_.add(
                place_of("/name"), "name",
                "two workflows are called \"" + name + "\": the other one is in " + it->second);
            return;
        }
        known_.push_back(name);
        all_.push_back(std::move(*workflow));
    }

    const std::vector<std::string>& known() const { return known_; }
    std::vector<PlannedWorkflow> take() { return std::move(all_); }

private:
    // Asked of the source, so that a missing step is named together with every other mistake.
    std::vector<StepTraits> find_steps(const json& source, std::vector<DefinitionProblem>& found) {
        std::vector<StepTraits> traits;
        const auto steps = source.is_object() ? source.value("steps", json()) : json();
        if (!steps.is_array()) return traits;
        for (std::size_t i = 0; i < steps.size(); ++i) {
            const auto& step = steps[i];
            if (!step.is_object() || !step.contains("step") || !step.at("step").is_string())
                continue;
            try {
                traits.push_back(steps_.find(step.at("step")));
            } catch (const Error& e) {
                found.push_back({"/steps/" + std::to_string(i) + "/step", e.message()});
            }
        }
        return traits;
    }

    static PlannedWorkflow plan(Plan made, std::vector<DefinitionProblem>& found) {
        PlannedWorkflow out{std::move(made), nullptr};
        const auto& d = out.plan.definition;
        out.input_schema = d.input_schema;
        if (out.input_schema.is_null() && d.steps.front().with.is_whole_input()) {
            out.input_schema = out.plan.steps.front().input_schema;
        }
        if (out.input_schema.is_null()) return out;
        try {
            const Schema checked(out.input_schema);
            check_input_paths(d, out.input_schema, found);
        } catch (const Error& e) {
            found.push_back({d.input_schema.is_null() ? "" : "/input", e.message()});
        }
        return out;
    }

    const Steps& steps_;
    Problems& problems_;
    std::map<std::string, std::string> from_;
    std::vector<std::string> known_;
    std::vector<PlannedWorkflow> all_;
};

// A route's own input: a template that knows the request's body and nothing else.
void check_input(const Config& config, std::size_t route, Problems& problems) {
    const auto& input = config.routes[route].input;
    if (!input) return;
    const std::string pointer = "/routes/" + std::to_string(route) + "/input";
    const auto complain = [&](const std::string& message) {
        problems.add(config.document.place(pointer), dotted(pointer), message);
    };
    try {
        for (const auto& reference : Template(*input).references()) {
            if (!reference.step) continue;
            complain("\"${ " + reference.text +
                     " }\": a route knows .input only, the request's body");
        }
    } catch (const Error& e) {
        complain(e.message());
    }
}

}  // namespace

std::vector<PlannedWorkflow> collect_workflows(const Config& config, const Container& container,
                                               const Steps& steps, Problems& problems) {
    Collector collector(steps, problems);
    std::set<const Library*> seen;
    for (const Module* module : container.modules()) {
        const auto& library = module->library();
        if (library.table().workflows == nullptr || !seen.insert(&library).second) continue;
        const std::string from = "plugin " + library.manifest().id;
        const auto place = [&](const std::string&) { return Place{from, 0, 0}; };
        const char* text = library.table().workflows();
        const auto list = json::parse(text == nullptr ? "" : text, nullptr, false);
        if (!list.is_array()) {
            const bool said = list.is_object() && list.contains("error");
            problems.add(place(""), "",
                         said ? "composing its workflows failed: " + list.at("error").dump()
                              : "its workflows are no JSON array");
            continue;
        }
        for (const auto& source : list) collector.add(source, from, place);
    }
    for (const auto& file : config.workflows) {
        const auto document = Document::read(file, problems);
        if (!document) continue;
        collector.add(document->root(), file.string(),
                      [&](const std::string& pointer) { return document->place(pointer); });
    }
    for (std::size_t i = 0; i < config.routes.size(); ++i) {
        check_input(config, i, problems);
        const auto& name = config.routes[i].workflow;
        const auto& known = collector.known();
        if (std::find(known.begin(), known.end(), name) != known.end()) continue;
        const std::string pointer = "/routes/" + std::to_string(i) + "/workflow";
        problems.add(config.document.place(pointer), dotted(pointer),
                     "no workflow \"" + name + "\"." + did_you_mean_or_known(name, known));
    }
    return collector.take();
}

}  // namespace gantry::host
