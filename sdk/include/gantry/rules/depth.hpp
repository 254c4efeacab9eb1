// How deep a JSON text is, without parsing it: a parser that counts by a callback looks through an
// array at each of its elements.
#pragma once

#include <string_view>

namespace gantry::rules {

/// Whether arrays and objects stand in one another more than `levels` deep. Of a text that is no
/// JSON the answer means nothing.
inline bool is_deeper(std::string_view text, int levels) {
    int depth = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '"') in_string = !in_string;
        if (in_string) {
            if (c == '\\') ++i;
        } else if (c == '[' || c == '{') {
            if (++depth > levels) return true;
        } else if (c == ']' || c == '}') {
            --depth;
        }
    }
    return false;
}

}  // namespace gantry::rules
