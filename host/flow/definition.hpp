// A workflow's definition: parsed, checked, in canonical form, named by its hash.
#pragma once

#include "base/schema.hpp"
#include "flow/steps.hpp"

#include <map>

namespace gantry::host {

/// What a step says of one of its sides; nothing: the host's default.
struct SidePolicy {
    std::optional<std::chrono::milliseconds> timeout;
    std::optional<std::chrono::milliseconds> first_delay;
    std::optional<std::chrono::milliseconds> max_delay;
    std::optional<std::chrono::milliseconds> give_up_after;
    std::optional<int> attempts;
};

/// Something to be called.
struct StepDefinition {
    std::string id;
    std::string pointer;  // where it stands, "/steps/3"
    StepReference what;
    Template with;
    SidePolicy invoke;
    SidePolicy compensate;
};

struct Node;
/// Nodes that run one after another.
using Block = std::vector<Node>;

struct Node {
    enum class Kind { kStep, kParallel, kWhen, kForEach, kWorkflow, kSleep, kWait };
    Kind kind = Kind::kStep;
    std::string id;
    std::size_t step = 0;     // kStep: its place in Definition::steps
    bool may_fail = false;    // kStep: its failure does not fail the run
    std::string skip_to;      // may_fail: the id of the later node where its block goes on then
    std::size_t goes_on = 0;  // its place in the block; 0: the next one
    /// kWhen: the condition; kForEach: the list; kWorkflow: its input; kSleep: how long.
    std::optional<Template> value;
    /// kParallel: the branches; kWhen: then, otherwise; kForEach: its body; kWorkflow: its steps.
    std::vector<Block> blocks;
    std::optional<Template> result;                    // kForEach: of an item; kWorkflow: its own
    std::shared_ptr<const Schema> schema;              // kWorkflow: of its input; null: anything
    std::size_t limit = 1;                             // kForEach: items at once
    std::string signal;                                // kWait
    std::optional<std::chrono::milliseconds> timeout;  // kWait
};

/// A plain path into the run's input, and where it is used.
struct InputUse {
    std::string pointer;
    Reference reference;
};

/// A name by which runs are found, and where its value stands in their input.
struct SearchField {
    std::string name;
    JsonPath path;
};

/// Immutable once made.
struct Definition {
    std::string name;
    std::string text;  // canonical JSON
    std::string hash;  // SHA-256 of text
    Block block;
    std::vector<StepDefinition> steps;  // everything that is called, in the order written
    Template result;
    json input_schema;                  // null: none of its own
    std::optional<Template> exclusive;  // runs with equal values take turns
    std::vector<SearchField> search;    // sorted by name
    std::optional<std::chrono::milliseconds> deadline;
    std::vector<InputUse> input_uses;
    bool uses_jq = false;
};

/// A mistake in a definition: where, as a JSON pointer, and what.
struct DefinitionProblem {
    std::string pointer;
    std::string message;
};

/// The source of another workflow by name, for nesting; null: there is none.
using WorkflowSource = std::function<const json*(const std::string& name)>;
/// Told of each step, in the order written, also of a definition that has mistakes.
using StepSeen = std::function<void(const StepDefinition&)>;

/// Reads a definition. Nothing when there were problems; all of them are in `problems`.
std::optional<Definition> parse_definition(const json& source,
                                           std::vector<DefinitionProblem>& problems,
                                           const WorkflowSource& others = {},
                                           const StepSeen& seen = {});

/// What the host keeps in its store: a definition it wrote itself. Throws Error CONFIG.
Definition parse_stored_definition(const std::string& text);

/// Plain paths into the input that `schema` (an object's, Draft 4) does not know.
void check_input_paths(const Definition& definition, const json& schema,
                       std::vector<DefinitionProblem>& problems);

}  // namespace gantry::host
