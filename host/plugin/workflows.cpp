// One definition at a time; a problem is placed in the file, or named by its plugin.
#include "plugin/workflows.hpp"

#include "base/nearest.hpp"
#include "base/schema.hpp"

#include <algorithm>

namespace gantry::host {
namespace {

/// A definition as it came: from a plugin or a file.
struct Source {
    json text;
    std::string from;  // for people
    std::function<Place(const std::string&)> place_of;
};

/// One definition at a time, knowing all of them.
class Planner {
public:
    Planner(std::vector<Source> sources, const Steps& steps, Problems& problems)
        : sources_(std::move(sources)), steps_(steps), problems_(problems) {
        for (const auto& source : sources_) {
            if (source.text.is_object()) by_name_.emplace(source.text.value("name", ""), &source);
        }
    }

    bool knows(const std::string& name) const { return by_name_.contains(name); }

    std::vector<std::string> names() const {
        std::vector<std::string> all;
        for (const auto& [name, source] : by_name_) all.push_back(name);
        return all;
    }

    std::vector<PlannedWorkflow> plan() {
        std::vector<PlannedWorkflow> all;
        for (const auto& source : sources_) {
            std::vector<DefinitionProblem> found;
            auto planned = plan(source, found);
            for (const auto& problem : found) {
                problems_.add(source.place_of(problem.pointer), dotted(problem.pointer),
                              problem.message);
            }
            if (planned && found.empty()) all.push_back(std::move(*planned));
        }
        return all;
    }

private:
    std::optional<PlannedWorkflow> plan(const Source& source,
                                        std::vector<DefinitionProblem>& found) const {
        const auto others = [this](const std::string& name) -> const json* {
            const auto it = by_name_.find(name);
            return it == by_name_.end() ? nullptr : &it->second->text;
        };
        std::vector<StepTraits> traits;
        auto definition = parse_definition(source.text, found, others, [&](const auto& step) {
            try {
                traits.push_back(steps_.find(step.what));
            } catch (const Error& e) {
                found.push_back(
                    {step.pointer + (step.what.service ? "/call" : "/step"), e.message()});
            }
        });
        if (source.text.is_object()) {
            const auto& first = *by_name_.at(source.text.value("name", ""));
            if (&first != &source) {
                found.push_back({"/name", "two workflows are called \"" +
                                              source.text.value("name", "") +
                                              "\": the other one is in " + first.from});
            }
        }
        if (!definition || !found.empty()) return std::nullopt;
        PlannedWorkflow out{{std::move(*definition), std::move(traits)}, nullptr};
        const auto& d = out.plan.definition;
        out.input_schema = d.input_schema;
        // The first thing that is called, if it is called in any case.
        const bool first = d.block.front().kind == Node::Kind::kStep;
        if (out.input_schema.is_null() && first && d.steps.front().with.is_whole_input()) {
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

    const std::vector<Source> sources_;
    const Steps& steps_;
    Problems& problems_;
    std::map<std::string, const Source*> by_name_;  // the first of a name
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
            if (reference.root == "input") continue;
            complain("\"${ " + reference.text +
                     " }\": a route knows .input only, the request's body");
        }
    } catch (const Error& e) {
        complain(e.message());
    }
}

// Everything that plugins bring and files hold.
std::vector<Source> sources_of(const Config& config, const Container& container,
                               Problems& problems) {
    std::vector<Source> all;
    std::set<const Library*> seen;
    for (const Module* module : container.modules()) {
        const auto& library = module->library();
        if (library.table().workflows == nullptr || !seen.insert(&library).second) continue;
        const std::string from = "plugin " + library.manifest().id;
        const auto place = [from](const std::string&) { return Place{from, 0, 0}; };
        const char* text = library.table().workflows();
        auto list = json::parse(text == nullptr ? "" : text, nullptr, false);
        if (!list.is_array()) {
            const bool said = list.is_object() && list.contains("error");
            problems.add(place(""), "",
                         said ? "composing its workflows failed: " + list.at("error").dump()
                              : "its workflows are no JSON array");
            continue;
        }
        for (auto& source : list) all.push_back({std::move(source), from, place});
    }
    for (const auto& file : config.workflows) {
        auto read = Document::read(file, problems);
        if (!read) continue;
        const auto document = std::make_shared<const Document>(std::move(*read));
        all.push_back({document->root(), file.string(), [document](const std::string& pointer) {
                           return document->place(pointer);
                       }});
    }
    return all;
}

}  // namespace

std::vector<PlannedWorkflow> collect_workflows(const Config& config, const Container& container,
                                               const Steps& steps, Problems& problems) {
    Planner planner(sources_of(config, container, problems), steps, problems);
    auto all = planner.plan();
    for (std::size_t i = 0; i < config.routes.size(); ++i) {
        check_input(config, i, problems);
        const auto& name = config.routes[i].workflow;
        if (planner.knows(name)) continue;
        const std::string pointer = "/routes/" + std::to_string(i) + "/workflow";
        problems.add(
            config.document.place(pointer), dotted(pointer),
            "no workflow \"" + name + "\"." + did_you_mean_or_known(name, planner.names()));
    }
    return all;
}

}  // namespace gantry::host
