// The parts of a URL that come from data, escaped.
#pragma once

#include <gantry/error.hpp>

#include <initializer_list>

namespace gantry {

/// Everything but letters, digits and "-._~" as %XX.
inline std::string url_escaped(std::string_view text) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    constexpr std::string_view kPlain = "-._~";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (letter || (c >= '0' && c <= '9') || kPlain.find(c) != std::string_view::npos) {
            out += c;
        } else {
            out += {'%', kHex[byte >> 4U], kHex[byte & 15U]};
        }
    }
    return out;
}

/// One segment of a path. Throws Error INVALID_DATA for "", "." and "..", which no escape makes
/// one: with them a path names something else.
inline std::string segment(std::string_view text) {
    if (text.empty() || text == "." || text == "..") {
        throw Error(GANTRY_E_INVALID_DATA,
                    "found \"" + std::string(text) +
                        "\" where a part of an address is needed; expected another text",
                    GANTRY_EF_NOT_APPLIED);
    }
    return url_escaped(text);
}

/// "/products/a%2Fb" of "products" and "a/b": each is one segment.
template <typename... Parts>
std::string url_path(const Parts&... parts) {
    std::string out;
    ((out += '/', out += segment(parts)), ...);
    return out;
}

/// "?limit=10&q=a%20b"; nothing of nothing.
inline std::string url_query(
    std::initializer_list<std::pair<std::string_view, std::string_view>> values) {
    std::string out;
    for (const auto& [name, value] : values) {
        out += out.empty() ? '?' : '&';
        out += url_escaped(name) + '=' + url_escaped(value);
    }
    return out;
}

}  // namespace gantry
