// One definition at a time; a problem is placed in the file, or named by its plugin.
#include "plugin/workflows.hpp"

#include "base/describe.hpp"
#include "base/nearest.hpp"
#include "base/schema.hpp"
#include "flow/meant.hpp"
#include "plugin/literals.hpp"

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
    Planner(std::vector<Source> sources, const Container& container, const Steps& steps,
            Problems& problems)
        : sources_(std::move(sources)), container_(container), steps_(steps), problems_(problems) {
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

    /// How many names were not looked for, since a module that is left out may bring them.
    std::size_t not_looked_for() const { return not_looked_for_; }

    /// Whether that name, which nobody brings, may be one of a module that is left out.
    bool may_be_left_out(const std::string& name, const std::vector<std::string>& known) {
        if (container_.left_out().empty() || nearest(name, known)) return false;
        ++not_looked_for_;
        return true;
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
                                        std::vector<DefinitionProblem>& found) {
        const auto others = [this](const std::string& name) -> const json* {
            const auto it = by_name_.find(name);
            return it == by_name_.end() ? nullptr : &it->second->text;
        };
        std::vector<StepTraits> traits;
        const auto looked_for = not_looked_for_;
        auto definition = parse_definition(source.text, found, others, [&](const auto& step) {
            try {
                traits.push_back(steps_.find(step.what));
                check_literals(source, step, traits.back().input_schema, found);
                warn_of_no_undo(source, step);
            } catch (const Error& e) {
                if (of_left_out(step, e)) return;
                found.push_back(
                    {step.pointer + (step.what.service ? "/call" : "/step"), e.message()});
            }
        });
        if (source.text.is_object()) {
            for (const char* part : {"steps", "result"}) {
                warn_of_bare_paths(source, source.text.value(part, json()),
                                   "/" + std::string(part));
            }
            const auto& first = *by_name_.at(source.text.value("name", ""));
            if (&first != &source) {
                found.push_back({"/name", "two workflows are called \"" +
                                              source.text.value("name", "") +
                                              "\": the other one is in " + first.from});
            }
        }
        std::erase_if(found, [this](const DefinitionProblem& problem) {
            return problem.message.starts_with("no workflow ") && may_be_left_out("", {});
        });
        if (!definition || !found.empty() || looked_for != not_looked_for_) return std::nullopt;
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

    // Whether what is wrong with a step may come from a module that is left out.
    bool of_left_out(const StepDefinition& step, const Error& error) {
        const auto& gone = container_.left_out();
        const auto is_gone = [&](const std::string& name) {
            return std::find(gone.begin(), gone.end(), name) != gone.end();
        };
        bool own = false;
        if (const auto& service = step.what.service) {
            own = is_gone(service->call.service) ||
                  (service->record && is_gone(service->record->service)) ||
                  (service->undo && is_gone(service->undo->service));
        } else {
            const auto slash = step.what.step.find('/');
            const bool near = error.message().find("Did you mean") != std::string::npos;
            own = slash != std::string::npos ? is_gone(step.what.step.substr(0, slash))
                                             : !gone.empty() && !near;
            for (const auto& [required, target] : step.what.bind) own = own || is_gone(target);
        }
        if (own) ++not_looked_for_;
        return own;
    }

    // What no value of its expressions can mend. Of a nested workflow it is said where that stands.
    void check_literals(const Source& source, const StepDefinition& step, const json& schema,
                        std::vector<DefinitionProblem>& found) const {
        const json::json_pointer at(step.pointer);
        if (!source.text.contains(at)) return;
        const auto& text = source.text.at(at);
        const auto look = [&](const std::string& pointer, const json& with, const json& wanted,
                              const std::string& of) {
            for (const auto& one : misfits_of_literals(wanted, with)) {
                found.push_back(
                    {pointer + one.pointer, one.message + " (the input of " + of + ")"});
            }
        };
        const auto& service = step.what.service;
        look(step.pointer + "/with", text.value("with", json::object()), schema,
             service ? name_of(service->call) : "step " + step.what.step);
        if (!service || !service->undo) return;
        static const json kUsual = {{"snapshot", "${ .undo }"},
                                    {"written", "${ .output.version }"}};
        const auto& method = container_.method(service->undo->service, service->undo->method);
        look(step.pointer + "/undo/with", text.at("undo").value("with", kUsual),
             method.input_schema, name_of(*service->undo));
    }

    // A path that stands in no expression is handed on as it is: mostly not what was meant.
    void warn_of_bare_paths(const Source& source, const json& value,
                            const std::string& pointer) const {
        if (value.is_structured()) {
            for (const auto& [key, part] : value.items()) {
                const bool refused = key == "when" || key == "for_each" || key == "sleep";
                if (refused && part.is_string()) continue;
                warn_of_bare_paths(source, part, child(pointer, key));
            }
        } else if (value.is_string() && is_path(value)) {
            problems_.warn(source.place_of(pointer), dotted(pointer),
                           "the text " + shown(value) + " is handed on as it is." +
                               did_you_mean_expression(value));
        }
    }

    static bool is_path(const std::string& text) {
        try {
            return text.starts_with('.') && Reference::parse(text);
        } catch (const Error&) {
            return false;
        }
    }

    void warn_of_no_undo(const Source& source, const StepDefinition& step) const {
        const json::json_pointer at(step.pointer);
        const auto& service = step.what.service;
        if (!service || !source.text.contains(at) || source.text.at(at).contains("undo")) return;
        if (!container_.method(service->call.service, service->call.method).writes) return;
        const auto pointer = step.pointer + "/call";
        problems_.warn(source.place_of(pointer), dotted(pointer),
                       name_of(service->call) +
                           " is a write method, and what it changed stays when the run is "
                           "reverted; expected \"undo\", or \"undo\": null where that is meant");
    }

    static std::string name_of(const ServiceMethod& method) {
        return method.service + "." + method.method;
    }

    const std::vector<Source> sources_;
    const Container& container_;
    const Steps& steps_;
    Problems& problems_;
    std::map<std::string, const Source*> by_name_;  // the first of a name
    std::size_t not_looked_for_ = 0;
};

// A route's own input: a template that knows the request's body and nothing else.
void check_input(const Config& config, std::size_t route, Problems& problems) {
    const auto& input = config.routes[route].input;
    if (!input) return;
    const std::string pointer = "/routes/" + std::to_string(route) + "/input";
    const auto complain = [&](const std::string& message) {
        config.complain(problems, pointer, message);
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

// As far as it is written out, it fits the workflow.
void check_literals(const Config& config, std::size_t route, const json& schema,
                    Problems& problems) {
    const auto& input = config.routes[route].input;
    if (!input) return;
    for (const auto& one : misfits_of_literals(schema, *input)) {
        const auto pointer = "/routes/" + std::to_string(route) + "/input" + one.pointer;
        config.complain(
            problems, pointer,
            one.message + " (the input of workflow " + config.routes[route].workflow + ")");
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
    Planner planner(sources_of(config, container, problems), container, steps, problems);
    auto all = planner.plan();
    for (std::size_t i = 0; i < config.routes.size(); ++i) {
        check_input(config, i, problems);
        const auto& name = config.routes[i].workflow;
        for (const auto& workflow : all) {
            if (workflow.plan.definition.name == name) {
                check_literals(config, i, workflow.input_schema, problems);
            }
        }
        if (planner.knows(name) || planner.may_be_left_out(name, planner.names())) continue;
        const std::string pointer = "/routes/" + std::to_string(i) + "/workflow";
        config.complain(
            problems, pointer,
            "no workflow \"" + name + "\"." + did_you_mean_or_known(name, planner.names()));
    }
    for (const auto& [pointer, doubt] : config.doubts) {
        problems.warn(config.document.place(pointer), dotted(pointer), doubt);
    }
    if (planner.not_looked_for() == 0) return all;
    const std::string broken = "/modules/" + container.left_out().front() + "/plugin";
    config.complain(
        problems, broken,
        "because of this " + std::to_string(planner.not_looked_for()) +
            " more could not be looked for: steps, services and workflows that no other "
            "module brings");
    return all;
}

}  // namespace gantry::host
