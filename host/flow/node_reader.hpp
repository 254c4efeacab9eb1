// Reads the nodes of a definition: steps and the shapes around them. Every mistake is collected, so
// that a person mends them in one go.
#pragma once

#include "flow/field_reader.hpp"
#include "flow/visible_ids.hpp"

namespace gantry::host {

class NodeReader {
public:
    /// `stored`: ids that are refused today were allowed when it was written.
    NodeReader(FieldReader& fields, const WorkflowSource& others, const StepSeen& seen, bool stored)
        : fields_(fields), others_(others), seen_(seen), stored_(stored) {}

    /// The steps and result of a workflow, with a scope of their own.
    struct Body {
        Block block;
        json steps = json::array();  // in canonical form: ids and inputs are written out
        std::optional<Template> result;
        json result_source;
    };
    Body body(const std::string& name, const json& workflow, const std::string& at);

    std::vector<StepDefinition> take_steps() { return std::move(steps_); }
    std::vector<InputUse> take_input_uses() { return std::move(input_uses_); }
    /// Whether any value is more than plain paths.
    bool uses_jq() const { return uses_jq_; }

    /// A template whose references are known at this place; else a problem, and nothing.
    std::optional<Template> value(const json& source, const std::string& at);
    /// The same before any step has run: of the workflow's input alone.
    std::optional<Template> value_of_input(const json& source, const std::string& at);

private:
    struct Scope {
        const json* source = nullptr;
        VisibleIds ids;
        std::size_t prefix = 0;  // of paths: how long it may become
        std::size_t each = 0;    // bodies of for_each around this place
        int parallels = 0;
        int whens = 0;
        bool nested = false;
    };

    Block block(const json& source, const std::string& at, json& canonical);
    void node(const json& source, const std::string& at, Block& block, json& canonical);
    bool open(const json& source, const std::string& at, const std::vector<std::string>& keys,
              std::string default_id, Node& node, json& canonical);
    bool step(const json& source, const std::string& at, Node& node, json& canonical);
    bool call(const json& source, const std::string& at, Node& node, json& canonical);
    void parallel(const json& source, const std::string& at, Node& node, json& canonical);
    void when(const json& source, const std::string& at, Node& node, json& canonical);
    void for_each(const json& source, const std::string& at, Node& node, json& canonical);
    void workflow(const json& source, const std::string& at, Node& node, json& canonical);
    void sleep(const json& source, const std::string& at, Node& node);
    void wait(const json& source, const std::string& at, Node& node);
    void leaf(const json& source, const std::string& at, StepReference what, Node& node,
              json& canonical);
    void on_failure(const json& source, const std::string& at, Node& node);
    void find_skipped(Block& block);
    std::optional<Template> own_value(const json& source, const std::string& at,
                                      std::initializer_list<const char*> roots);
    void check(const Reference& reference, const std::string& at);

    FieldReader& fields_;
    const WorkflowSource& others_;
    const StepSeen& seen_;
    const bool stored_;
    std::vector<StepDefinition> steps_;
    std::vector<InputUse> input_uses_;
    std::vector<std::string> nesting_;  // names of the workflows around this place
    Scope scope_;
    std::size_t nodes_ = 0;
    bool uses_jq_ = false;
};

}  // namespace gantry::host
