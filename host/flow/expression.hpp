// Inputs and results: JSON in which a whole string "${ … }" stands for a value. Plain paths such as
// .input.x and .steps["a"].y are resolved on the texts themselves: what comes out is exact.
// Anything else is a jq program.
#pragma once

#include "base/json_text.hpp"

#include <functional>
#include <memory>
#include <set>

namespace gantry::host {

class JqProgram;

/// What an expression needs: the whole of a root, or a part of it by a plain path.
struct Reference {
    std::string root;  // "input", "steps", "errors", "item", "index", "output" or "undo"
    std::optional<std::string> step;  // its id, with the roots "steps" and "errors" only
    JsonPath path;                    // empty where a jq program mentions the root
    std::string text;                 // the expression as written, ".input.id"

    /// Nothing for what is no plain path. Throws Error INVALID_DATA for one with an unknown root,
    /// and for .steps and .errors without an id.
    static std::optional<Reference> parse(std::string_view text);
};

/// A compiled template. Immutable; [any]. Copies share their programs.
class Template {
public:
    /// Throws Error INVALID_DATA for an expression that is refused, with the reason; and
    /// UNAVAILABLE (NOT_APPLIED) where a program cannot be looked at now, see JqProgram. A program
    /// blocks.
    explicit Template(const json& source);

    /// The text with each expression replaced by its value; `value_of` gives the JSON text of a
    /// root. Throws Error INVALID_DATA (NOT_APPLIED) where a path leads into a value that has no
    /// members and where a program fails, with 200 characters of the expression and as many of
    /// what it said, and in the details under kForAnyone what it said alone; and TOO_LARGE
    /// (NOT_APPLIED) for more than `max` bytes,
    /// which says that `what` has them. A program takes its time: not for threads of the engine
    /// where uses_jq().
    using ValueOf = std::function<std::string_view(const Reference&)>;
    std::string evaluate(const ValueOf& value_of, std::size_t max = SIZE_MAX,
                         const char* what = "it") const;

    /// Everything that the paths and programs name.
    std::vector<Reference> references() const;

    /// Whether a jq program has a hand in it.
    bool uses_jq() const;

    /// Whether it has the same value whatever there is to be seen.
    bool is_constant() const;

    /// Whether it is nothing but the run's whole input.
    bool is_whole_input() const;

private:
    struct Program {
        std::shared_ptr<const JqProgram> jq;
        std::vector<Reference> mentions;
        bool adds_input;  // not mentioned, yet to be seen
    };
    using Piece = std::variant<std::string, Reference, Program>;

    void compile(const json& source, int depth);
    static Piece expression(std::string_view text);
    static std::string run(const Program& program, const ValueOf& value_of);

    std::vector<Piece> pieces_;
};

}  // namespace gantry::host
