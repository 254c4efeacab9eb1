// Well-formed UTF-8, by the table of the Unicode standard: no overlong forms, no surrogates.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace gantry::host {

/// The length, 1 to 4, of the well-formed sequence at `p`; 0 where it is ill-formed or cut off at
/// `end`. Needs p < end.
inline std::size_t utf8_length(const char* p, const char* end) {
    const auto byte = [p](std::size_t i) { return static_cast<unsigned char>(p[i]); };
    const auto between = [&](std::size_t i, unsigned char low, unsigned char high) {
        return byte(i) >= low && byte(i) <= high;
    };
    const auto left = static_cast<std::size_t>(end - p);
    if (byte(0) < 0x80) return 1;
    if (between(0, 0xC2, 0xDF)) return left >= 2 && between(1, 0x80, 0xBF) ? 2 : 0;
    if (between(0, 0xE0, 0xEF)) {
        return left >= 3 &&
                       between(1, byte(0) == 0xE0 ? 0xA0 : 0x80, byte(0) == 0xED ? 0x9F : 0xBF) &&
                       between(2, 0x80, 0xBF)
                   ? 3
                   : 0;
    }
    if (between(0, 0xF0, 0xF4)) {
        return left >= 4 &&
                       between(1, byte(0) == 0xF0 ? 0x90 : 0x80, byte(0) == 0xF4 ? 0x8F : 0xBF) &&
                       between(2, 0x80, 0xBF) && between(3, 0x80, 0xBF)
                   ? 4
                   : 0;
    }
    return 0;
}

/// How many bytes the first `characters` of a text have; all of them where it has no more. A byte
/// that is ill-formed counts as one.
inline std::size_t utf8_prefix(std::string_view text, std::size_t characters) {
    std::size_t at = 0;
    for (; characters > 0 && at < text.size(); --characters) {
        at += std::max<std::size_t>(utf8_length(text.data() + at, text.data() + text.size()), 1);
    }
    return at;
}

/// Its first `characters`, and "…" where it has more.
inline std::string utf8_cut(std::string_view text, std::size_t characters) {
    const auto end = utf8_prefix(text, characters);
    return std::string(text.substr(0, end)) + (end < text.size() ? "…" : "");
}

}  // namespace gantry::host
