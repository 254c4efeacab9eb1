// The words of a jq program, so that what stands in a string or a comment is not taken for code.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gantry::host {

struct JqToken {
    enum Kind {
        kField,     // .name; the text is the name
        kName,      // a function, a keyword, or the name after a '$'
        kString,    // a literal; the text is its value
        kComputed,  // a string with \( ) in it: follows its parts, each in "(" and ")"
        kNumber,
        kFormat,  // @name
        kSymbol   // one character, or ".."
    };
    Kind kind;
    std::string text;

    bool is(Kind k, std::string_view t) const { return kind == k && text == t; }
    bool is(char symbol) const { return kind == kSymbol && text.size() == 1 && text[0] == symbol; }
};

/// Never fails: of a text that jq would refuse it gives the words up to there.
std::vector<JqToken> jq_tokens(std::string_view program);

}  // namespace gantry::host
