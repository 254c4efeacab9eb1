// How large and deep a payload may be, asked of texts.
#pragma once

#include "base/json_text.hpp"

#include <gantry/rules/limits.hpp>

namespace gantry::host {

using rules::kPayload;
using rules::kServicePayload;
using rules::kUndoPayload;
using rules::PayloadLimit;
static_assert(kPayload.depth == kMaxDepth);

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
