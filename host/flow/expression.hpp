// Inputs and results: JSON in which a whole string "${ .input.x }" or "${ .steps["a"].y }" stands
// for a value. Plain paths, resolved on the texts themselves: what comes out is exact.
#pragma once

#include "base/json_text.hpp"

#include <functional>
#include <set>

namespace gantry::host {

/// What a path begins with: the run's input, or the output of a step.
struct Reference {
    std::optional<std::string> step;  // nothing: the input
    JsonPath path;
    std::string text;  // as written, ".input.id"

    /// Throws Error INVALID_DATA that says where the text stops being a plain path.
    static Reference parse(std::string_view text);
};

/// A compiled template. Immutable; [any].
class Template {
public:
    /// Throws Error INVALID_DATA for an expression that is no plain path.
    explicit Template(const json& source);

    /// The text with each reference replaced by what `value_of` gives for its root. Throws Error
    /// INVALID_DATA (NOT_APPLIED) where a path leads into a value that has no members.
    using ValueOf = std::function<std::string_view(const Reference&)>;
    std::string evaluate(const ValueOf& value_of) const;

    std::vector<Reference> references() const;

    /// Whether it is nothing but the run's whole input.
    bool is_whole_input() const;

private:
    void compile(const json& source, int depth);

    using Piece = std::variant<std::string, Reference>;
    std::vector<Piece> pieces_;
};

}  // namespace gantry::host
