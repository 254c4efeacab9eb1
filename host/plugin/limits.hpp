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

}  // namespace gantry::host
