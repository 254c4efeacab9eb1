// What a definition says of itself as a whole; its nodes are read by NodeReader.
#include "flow/definition.hpp"

#include "base/hash.hpp"
#include "base/nearest.hpp"
#include "flow/node_reader.hpp"

namespace gantry::host {
namespace {

const std::vector<std::string> kWorkflowKeys = {"name",  "steps",     "result",
                                                "input", "exclusive", "deadline"};

class Reader {
public:
    Reader(const json& source, std::vector<DefinitionProblem>& problems,
           const WorkflowSource& others, const StepSeen& seen, bool stored)
        : source_(source),
          problems_(problems),
          fields_(problems),
          nodes_(fields_, others, seen, stored) {}

    std::optional<Definition> read() {
        const auto before = problems_.size();
        if (!source_.is_object()) {
            problems_.push_back({"", "expected a workflow, an object with name, steps and result"});
            return std::nullopt;
        }
        fields_.check_keys(source_, "", kWorkflowKeys);
        const std::string name = fields_.text_at(source_, "", "name");
        if (!name.empty()) fields_.check_id(name, "/name");
        const auto deadline = fields_.duration_at(source_, "", "deadline");
        std::optional<Template> exclusive;
        if (source_.contains("exclusive")) {
            exclusive = nodes_.value_of_input(source_.at("exclusive"), "/exclusive");
        }
        auto body = nodes_.body(name, source_, "");
        if (problems_.size() != before) return std::nullopt;
        json canonical_source = {{"name", name},
                                 {"steps", std::move(body.steps)},
                                 {"result", std::move(body.result_source)}};
        for (const char* key : {"input", "exclusive", "deadline"}) {
            if (source_.contains(key)) canonical_source[key] = source_.at(key);
        }
        std::string text = canonical(canonical_source);
        std::string hash = sha256(text);
        return Definition{name,
                          std::move(text),
                          std::move(hash),
                          std::move(body.block),
                          nodes_.take_steps(),
                          std::move(*body.result),
                          source_.value("input", json(nullptr)),
                          std::move(exclusive),
                          deadline,
                          nodes_.take_input_uses(),
                          nodes_.uses_jq()};
    }

private:
    const json& source_;
    std::vector<DefinitionProblem>& problems_;
    FieldReader fields_;
    NodeReader nodes_;
};

}  // namespace

std::optional<Definition> parse_definition(const json& source,
                                           std::vector<DefinitionProblem>& problems,
                                           const WorkflowSource& others, const StepSeen& seen) {
    return Reader(source, problems, others, seen, /*stored=*/false).read();
}

Definition parse_stored_definition(const std::string& text) {
    std::vector<DefinitionProblem> problems;
    const json source = parse(text);
    auto definition = Reader(source, problems, {}, {}, /*stored=*/true).read();
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
    for (const auto& [pointer, reference] : definition.input_uses) {
        const auto* key = std::get_if<std::string>(&reference.path.front());
        if (key == nullptr || properties->contains(*key)) continue;
        problems.push_back({pointer, "\"${ " + reference.text +
                                         " }\": the workflow's input has no \"" + *key + "\"." +
                                         did_you_mean(*key, known)});
    }
}

}  // namespace gantry::host
