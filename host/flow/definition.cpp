// Every mistake is collected, so that a person mends them in one go.
#include "flow/definition.hpp"

#include "base/hash.hpp"
#include "base/nearest.hpp"

#include <algorithm>

namespace gantry::host {
namespace {

constexpr std::size_t kMaxSteps = 20'000;
constexpr std::size_t kMaxId = 64;  // keys hold run, id and side in 128 bytes

const std::vector<std::string> kWorkflowKeys = {"name", "steps", "result", "input"};
const std::vector<std::string> kStepKeys = {"step", "id", "with"};

bool is_id(std::string_view id) {
    return !id.empty() && id.size() <= kMaxId &&
           std::all_of(id.begin(), id.end(), [](unsigned char c) {
               return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
           });
}

class Reader {
public:
    Reader(const json& source, std::vector<DefinitionProblem>& problems)
        : source_(source), problems_(problems) {}

    std::optional<Definition> read() {
        const auto before = problems_.size();
        if (!source_.is_object()) {
            add("", "expected a workflow, an object with name, steps and result");
            return std::nullopt;
        }
        check_keys(source_, "", kWorkflowKeys);
        const std::string name = text_at("name");
        if (!name.empty() && !is_id(name)) {
            add("/name", "a name has at most 64 letters, digits, '-', '_' and '.'");
        }
        const auto steps = source_.find("steps");
        if (steps == source_.end() || !steps->is_array() || steps->empty()) {
            add(steps == source_.end() ? "" : "/steps",
                "expected \"steps\", a list of at least one");
        } else if (steps->size() > kMaxSteps) {
            add("/steps", "found " + std::to_string(steps->size()) + " steps, at most 20000");
        } else {
            for (std::size_t i = 0; i < steps->size(); ++i) read_step((*steps)[i], i);
        }
        auto result = read_template(source_.value("result", json(nullptr)), "/result");
        if (problems_.size() != before || !result) return std::nullopt;
        return Definition{name,
                          {},
                          {},
                          std::move(steps_),
                          std::move(index_),
                          std::move(*result),
                          source_.value("input", json(nullptr))};
    }

private:
    void add(std::string pointer, std::string message) {
        problems_.push_back({std::move(pointer), std::move(message)});
    }

    void check_keys(const json& object, const std::string& at,
                    const std::vector<std::string>& known) {
        for (const auto& [key, value] : object.items()) {
            if (std::find(known.begin(), known.end(), key) != known.end()) continue;
            std::string list;
            for (const auto& k : known) list += (list.empty() ? "" : ", ") + k;
            add(at + "/" + key,
                "unknown key \"" + key + "\"; known: " + list + "." + did_you_mean(key, known));
        }
    }

    std::string text_at(const char* key) {
        const auto it = source_.find(key);
        if (it == source_.end()) {
            add("", "missing \"" + std::string(key) + "\"");
        } else if (!it->is_string() || it->get_ref<const std::string&>().empty()) {
            add("/" + std::string(key), "expected a text, found " + std::string(it->type_name()));
        } else {
            return it->get<std::string>();
        }
        return {};
    }

    void read_step(const json& step, std::size_t i) {
        const std::string at = "/steps/" + std::to_string(i);
        if (!step.is_object()) return add(at, "expected a step, an object");
        check_keys(step, at, kStepKeys);
        const auto reference = step.find("step");
        if (reference == step.end() || !reference->is_string()) {
            return add(at, "missing \"step\", the name of an exported step");
        }
        const auto name = reference->get<std::string>();
        const std::string id = id_of(step);
        if (!is_id(id)) {
            return add(at + "/id", "an id has at most 64 letters, digits, '-', '_' and '.'");
        }
        auto with = read_template(step.value("with", json::object()), at + "/with");
        if (index_.contains(id)) {
            return add(at, "two steps with id \"" + id + "\"; give one of them another \"id\"");
        }
        // With a mistake of its own it is still a step that others may refer to.
        index_.emplace(id, steps_.size());
        steps_.push_back({id, name, with ? std::move(*with) : Template(nullptr)});
    }

    // Empty where there is none that could be read.
    static std::string id_of(const json& step) {
        if (!step.is_object()) return {};
        const auto given = step.find("id");
        const auto name = given != step.end() ? given : step.find("step");
        if (name == step.end() || !name->is_string()) return {};
        const auto& text = name->get_ref<const std::string&>();
        return given != step.end() ? text : text.substr(text.rfind('/') + 1);
    }

    std::optional<Template> read_template(const json& source, const std::string& at) {
        try {
            Template compiled(source);
            for (const auto& reference : compiled.references()) check(reference, at);
            return compiled;
        } catch (const Error& e) {
            add(at, e.message());
            return std::nullopt;
        }
    }

    // index_ holds the steps before this one: a later one is as unknown as one that never comes.
    void check(const Reference& reference, const std::string& at) {
        if (!reference.step || index_.contains(*reference.step)) return;
        std::vector<std::string> known;
        for (const auto& step : steps_) known.push_back(step.id);
        bool later = false;
        for (const auto& step : source_.value("steps", json::array())) {
            later = later || id_of(step) == *reference.step;
        }
        add(at, "\"${ " + reference.text + " }\": " +
                    (later ? "step \"" + *reference.step + "\" has not run yet at this place"
                           : "no step \"" + *reference.step + "\" in this workflow." +
                                 did_you_mean(*reference.step, known)));
    }

    const json& source_;
    std::vector<DefinitionProblem>& problems_;
    std::vector<StepDefinition> steps_;
    std::map<std::string, std::size_t> index_;
};

// The same meaning has the same text: ids and inputs are written out.
std::string canonical_text(const json& source, const Definition& definition) {
    json out = source;
    for (std::size_t i = 0; i < definition.steps.size(); ++i) {
        auto& step = out["steps"][i];
        step["id"] = definition.steps[i].id;
        if (!step.contains("with")) step["with"] = json::object();
    }
    if (!out.contains("result")) out["result"] = nullptr;
    return canonical(out);
}

}  // namespace

std::optional<Definition> parse_definition(const json& source,
                                           std::vector<DefinitionProblem>& problems) {
    auto definition = Reader(source, problems).read();
    if (!definition) return std::nullopt;
    definition->text = canonical_text(source, *definition);
    definition->hash = sha256(definition->text);
    return definition;
}

Definition parse_stored_definition(const std::string& text) {
    std::vector<DefinitionProblem> problems;
    auto definition = parse_definition(parse(text), problems);
    if (!definition) {
        throw Error(GANTRY_E_CONFIG, "a definition in the store is not understood: " +
                                         problems.front().pointer + " " + problems.front().message);
    }
    return std::move(*definition);
}

void check_input_paths(const Definition& definition, const json& schema,
                       std::vector<DefinitionProblem>& problems) {
    const auto properties = schema.is_object() ? schema.find("properties") : schema.end();
    if (properties == schema.end() || schema.value("additionalProperties", json(true)) != false) {
        return;
    }
    std::vector<std::string> known;
    for (const auto& [key, value] : properties->items()) known.push_back(key);
    const auto check = [&](const Template& compiled, const std::string& at) {
        for (const auto& reference : compiled.references()) {
            if (reference.step || reference.path.empty()) continue;
            const auto* key = std::get_if<std::string>(&reference.path.front());
            if (key == nullptr || properties->contains(*key)) continue;
            problems.push_back({at, "\"${ " + reference.text +
                                        " }\": the workflow's input has no \"" + *key + "\"." +
                                        did_you_mean(*key, known)});
        }
    };
    for (std::size_t i = 0; i < definition.steps.size(); ++i) {
        check(definition.steps[i].with, "/steps/" + std::to_string(i) + "/with");
    }
    check(definition.result, "/result");
}

}  // namespace gantry::host
