// How large and deep a payload may be. What carries another one has room for it: undo data holds a
// record that came in as an input, and a service call holds undo data.
#pragma once

#include "base/json_text.hpp"

namespace gantry::host {

struct PayloadLimit {
    std::size_t bytes;
    int depth;
};

inline constexpr PayloadLimit kPayload{std::size_t{1} << 20, kMaxDepth};
inline constexpr PayloadLimit kUndoPayload{kPayload.bytes + (32 << 10), kMaxDepth + 8};
inline constexpr PayloadLimit kServicePayload{kPayload.bytes + (64 << 10), kMaxDepth + 16};

inline void check_json(std::string_view text, const PayloadLimit& limit) {
    check_json(text, limit.bytes, limit.depth);
}

/// What a plugin hands over. Throws Error TOO_LARGE, or MISUSE for what is no JSON, that begins
/// with `what`; MAYBE_APPLIED, since it comes when the work is done.
inline void check_payload(std::string_view text, const char* what, const PayloadLimit& limit) {
    try {
        check_json(text, limit);
    } catch (const Error& e) {
        const bool large = e.code() == GANTRY_E_TOO_LARGE;
        throw Error(large ? GANTRY_E_TOO_LARGE : GANTRY_E_MISUSE,
                    std::string(what) + ": " + e.message(), GANTRY_EF_MAYBE_APPLIED);
    }
}

}  // namespace gantry::host
