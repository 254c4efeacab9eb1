// Looks at each word with what stands before it: ".now" and {now: 1} are names of members, now is
// the clock.
#include "flow/jq_rules.hpp"

#include "flow/jq_number.hpp"

#include <gantry/error.hpp>

#include <algorithm>
#include <array>

namespace gantry::host {
namespace {

struct Refusal {
    std::string_view word;
    const char* why;
};

constexpr const char* kEnvironment = "reads the environment; a module's options can";
constexpr const char* kInput = "reads jq's standard input, which a workflow does not have";
constexpr const char* kPrint = "prints; an expression gives its one output";
constexpr const char* kClock = "reads the clock: it would come out otherwise the next time";
constexpr const char* kZone = "depends on the machine's time zone; gmtime and strftime do not";
constexpr const char* kHalt = "ends the program; error(\"why\") is an error of the step";
constexpr const char* kFiles = "reads other files; an expression stands for itself";

// All of jq 1.6 whose output depends on more than its input.
constexpr std::array<Refusal, 20> kRefused = {{
    {"env", kEnvironment},
    {"input", kInput},
    {"inputs", kInput},
    {"input_filename", kInput},
    {"input_line_number", kInput},
    {"debug", kPrint},
    {"stderr", kPrint},
    {"now", kClock},
    {"localtime", kZone},
    {"strflocaltime", kZone},
    {"halt", kHalt},
    {"halt_error", kHalt},
    {"import", kFiles},
    {"include", kFiles},
    {"module", kFiles},
    {"modulemeta", kFiles},
    {"get_search_list", kFiles},
    {"get_jq_origin", kFiles},
    {"get_prog_origin", kFiles},
    {"__prog_args", kEnvironment},
}};

// They stand between terms: a path behind one of them begins anew.
constexpr std::array<std::string_view, 18> kKeywords = {
    "and", "as",     "catch",   "def", "elif", "else", "false", "foreach", "if",
    "or",  "reduce", "__loc__", "try", "then", "true", "null",  "label",   "end"};

bool is_keyword(const JqToken& token) {
    return token.kind == JqToken::kName &&
           std::find(kKeywords.begin(), kKeywords.end(), token.text) != kKeywords.end();
}

bool ends_a_term(const JqToken& token) {
    switch (token.kind) {
        case JqToken::kName:
            return !is_keyword(token) || token.text == "end";
        case JqToken::kSymbol:
            return token.is(')') || token.is(']') || token.is('}') || token.is('?');
        default:
            return true;
    }
}

[[noreturn]] void refuse(const std::string& what, const std::string& why) {
    throw Error(GANTRY_E_INVALID_DATA, what + " " + why);
}

class Rules {
public:
    explicit Rules(const std::vector<JqToken>& tokens) : tokens_(tokens) {}

    JqRoots check() {
        for (at_ = 0; at_ < tokens_.size(); ++at_) {
            const auto& token = tokens_[at_];
            if (token.kind == JqToken::kNumber && !jq_keeps(token.text)) {
                refuse(token.text, "has more digits than jq's numbers keep");
            }
            const bool follows = at_ > 0 && ends_a_term(tokens_[at_ - 1]);
            if (token.kind == JqToken::kField && !follows) {
                path(token.text, at_ + 1);
            } else if (token.is('.') && !follows && is(1, JqToken::kString)) {
                path(tokens_[at_ + 1].text, at_ + 2);
            } else if (token.kind == JqToken::kName) {
                name(token);
            } else if (token.kind == JqToken::kFormat || token.is(JqToken::kSymbol, "..") ||
                       (token.is('.') && !follows)) {
                roots_.sees_all = true;
            }
            brackets(token);
        }
        return std::move(roots_);
    }

private:
    bool is(std::size_t ahead, JqToken::Kind kind) const {
        return at_ + ahead < tokens_.size() && tokens_[at_ + ahead].kind == kind;
    }

    const JqToken* before() const { return at_ == 0 ? nullptr : &tokens_[at_ - 1]; }

    void name(const JqToken& token) {
        if (before() != nullptr && before()->is('$')) {
            if (token.text == "ENV") refuse("$ENV", kEnvironment);
            if (token.text == "__prog_args") refuse("$__prog_args", kEnvironment);
            return;
        }
        // In an object a comma is followed by a key, never by another value.
        if (!open_.empty() && open_.back() == '{' && (before()->is('{') || before()->is(','))) {
            roots_.sees_all = true;  // {a} is {a: .a}
            return;
        }
        const auto* found = std::find_if(kRefused.begin(), kRefused.end(),
                                         [&](const auto& r) { return r.word == token.text; });
        if (found != kRefused.end()) refuse(token.text, found->why);
        if (!is_keyword(token)) roots_.sees_all = true;
    }

    void path(const std::string& root, std::size_t next) {
        if (!is_root(root)) {
            roots_.sees_all = true;
        } else if (!is_of_steps(root)) {
            roots_.mentioned.emplace(root, "");
        } else {
            roots_.mentioned.emplace(root, step_at(root, next));
        }
    }

    // ["a"], .a or ."a".
    const std::string& step_at(const std::string& root, std::size_t i) const {
        const auto left = tokens_.size() - i;
        if (left >= 1 && tokens_[i].kind == JqToken::kField) return tokens_[i].text;
        const bool quoted = left >= 2 && tokens_[i + 1].kind == JqToken::kString;
        if (quoted && tokens_[i].is('.')) return tokens_[i + 1].text;
        if (quoted && left >= 3 && tokens_[i].is('[') && tokens_[i + 2].is(']')) {
            return tokens_[i + 1].text;
        }
        refuse("." + root, "is not followed by a step's id; name the step: ." + root + "[\"a\"]");
    }

    void brackets(const JqToken& token) {
        if (token.is('(') || token.is('[') || token.is('{')) open_ += token.text;
        if ((token.is(')') || token.is(']') || token.is('}')) && !open_.empty()) open_.pop_back();
    }

    const std::vector<JqToken>& tokens_;
    std::size_t at_ = 0;
    std::string open_;
    JqRoots roots_;
};

}  // namespace

bool is_root(std::string_view name) {
    constexpr std::array<std::string_view, 7> kRoots = {"input", "steps",  "errors", "item",
                                                        "index", "output", "undo"};
    return std::find(kRoots.begin(), kRoots.end(), name) != kRoots.end();
}

bool is_of_steps(std::string_view root) { return root == "steps" || root == "errors"; }

JqRoots check_jq(const std::vector<JqToken>& tokens) { return Rules(tokens).check(); }

}  // namespace gantry::host
