// What a definition says of itself as a whole; its nodes are read by NodeReader.
#include "flow/definition.hpp"

#include "base/describe.hpp"
#include "base/hash.hpp"
#include "base/nearest.hpp"
#include "flow/meant.hpp"
#include "flow/node_reader.hpp"
#include "flow/search.hpp"

namespace gantry::host {
namespace {

const std::vector<std::string> kWorkflowKeys = {"name",      "steps",    "result", "input",
                                                "exclusive", "deadline", "search"};

class Reader {
public:
    Reader(const json& source, std::vector<DefinitionProblem>& problems,
           const WorkflowSource& others, const StepSeen& seen, bool stored)
        : source_(source),
          problems_(problems),
          fields_(problems),
          nodes_(fields_, others, seen, stored),
          stored_(stored) {}

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
        auto exclusive = read_exclusive();
        auto search = read_search();
        auto body = nodes_.body(name, source_, "");
        if (problems_.size() != before) return std::nullopt;
        json canonical_source = {{"name", name},
                                 {"steps", std::move(body.steps)},
                                 {"result", std::move(body.result_source)}};
        for (const char* key : {"input", "exclusive", "deadline", "search"}) {
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
                          std::move(search),
                          deadline,
                          nodes_.take_input_uses(),
                          nodes_.uses_jq()};
    }

private:
    std::optional<Template> read_exclusive() {
        if (!source_.contains("exclusive")) return std::nullopt;
        const json& value = source_.at("exclusive");
        auto compiled = nodes_.value_of_input(value, "/exclusive");
        const auto meant = did_you_mean_expression(value);
        const bool same_for_all = compiled && compiled->is_constant() && value != json(true);
        if (!stored_ && (same_for_all || !meant.empty())) {
            fields_.add("/exclusive", "found " + shown(value) +
                                          ", expected an expression such as \"${ .input.id }\", or "
                                          "true: all runs go one after another." +
                                          meant);
        }
        return compiled;
    }

    std::vector<SearchField> read_search() {
        std::vector<SearchField> search;
        if (!source_.contains("search")) return search;
        const json& declared = source_.at("search");
        if (!declared.is_object() || declared.size() > kMaxFields) {
            fields_.add("/search", "found " + describe(declared) + " with " +
                                       std::to_string(declared.size()) +
                                       " entries, expected an object of at most 8 such as "
                                       "{\"product\": \"${ .input.id }\"}");
            return search;
        }
        for (const auto& [name, value] : declared.items()) {
            const std::string at = "/search/" + name;
            if (!is_field_name(name)) {
                fields_.add(at, "found the name " + in_quotes(name) +
                                    ", expected 1 to 32 of a-z, 0-9, _ and -");
                continue;
            }
            const auto path = value.is_string() ? nodes_.value_of_input(value, at) : std::nullopt;
            const auto used = path ? path->references() : std::vector<Reference>();
            if (used.size() == 1 && !path->uses_jq()) {
                search.push_back({name, used[0].path});
            } else if (path || !value.is_string()) {
                fields_.add(at, "found " + shown(value) +
                                    ", expected a plain path into the input such as "
                                    "\"${ .input.id }\"." +
                                    did_you_mean_expression(value));
            }
        }
        return search;
    }

    const json& source_;
    std::vector<DefinitionProblem>& problems_;
    FieldReader fields_;
    NodeReader nodes_;
    const bool stored_;
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
