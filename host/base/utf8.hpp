// Well-formed UTF-8, by the table of the Unicode standard: no overlong forms, no surrogates.
#pragma once

#include <cstddef>

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

}  // namespace gantry::host
