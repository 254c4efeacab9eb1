// A workflow's definition: parsed, checked, in canonical form, named by its hash.
#pragma once

#include "flow/expression.hpp"

#include <map>

namespace gantry::host {

struct StepDefinition {
    std::string id;
    std::string step;  // "name" or "module/name"
    Template with;
};

/// Immutable once made.
struct Definition {
    std::string name;
    std::string text;  // canonical JSON
    std::string hash;  // SHA-256 of text
    std::vector<StepDefinition> steps;
    std::map<std::string, std::size_t> index;  // id → place in steps
    Template result;
    json input_schema;  // null: none of its own
};

/// A mistake in a definition: where, as a JSON pointer, and what.
struct DefinitionProblem {
    std::string pointer;
    std::string message;
};

/// Reads a definition. Nothing when there were problems; all of them are in `problems`.
std::optional<Definition> parse_definition(const json& source,
                                           std::vector<DefinitionProblem>& problems);

/// What the host keeps in its store: a definition it wrote itself. Throws Error CONFIG.
Definition parse_stored_definition(const std::string& text);

/// Plain paths into the input that `schema` (an object's, Draft 4) does not know.
void check_input_paths(const Definition& definition, const json& schema,
                       std::vector<DefinitionProblem>& problems);

}  // namespace gantry::host
