// Whether a text is JSON of a size and depth that the host takes.
#pragma once

#include <gantry/json.hpp>
#include <gantry/rules/depth.hpp>
#include <gantry/rules/limits.hpp>

#include <optional>

namespace gantry::testing::detail {

struct PayloadFault {
    bool too_large = false;
    std::string why;  // "is no JSON: …"
};

/// Nothing when the text is such a payload.
inline std::optional<PayloadFault> payload_fault(std::string_view text,
                                                 const rules::PayloadLimit& limit) {
    if (text.size() > limit.bytes) {
        return PayloadFault{true, "has more than " + std::to_string(limit.bytes) + " bytes"};
    }
    if (rules::is_deeper(text, limit.depth)) {
        return PayloadFault{false, "has more than " + std::to_string(limit.depth) + " levels"};
    }
    if (!json::accept(text)) return PayloadFault{false, "is no JSON: " + std::string(text)};
    return std::nullopt;
}

}  // namespace gantry::testing::detail
