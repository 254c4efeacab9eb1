// How much there may be of something, and how much time others get.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace gantry::rules {

/// Of a text that is JSON.
struct PayloadLimit {
    std::size_t bytes;
    int depth;
};

// What carries another one has room for it: undo data holds a record that came in as an input, and
// a service call holds undo data.
inline constexpr PayloadLimit kPayload{std::size_t{1} << 20, 200};
inline constexpr PayloadLimit kUndoPayload{kPayload.bytes + (32 << 10), kPayload.depth + 8};
inline constexpr PayloadLimit kServicePayload{kPayload.bytes + (64 << 10), kPayload.depth + 16};

inline constexpr std::size_t kLongestMessage = 1024;  // of an error, in bytes
inline constexpr std::size_t kLongestKeyPart = 255;
inline constexpr std::size_t kHttpBody = std::size_t{16} << 20;  // of a request, and of an answer
inline constexpr std::size_t kHttpHeaders = std::size_t{64} << 10;
inline constexpr std::size_t kLongestHttpMethod = 20;

/// Of the time that a call has left, what it may give to another one or to a request: less a tenth,
/// at least half a second, in which it can still report.
template <typename Duration>
Duration left_for_others(Duration left) {
    constexpr Duration kLeastMargin = std::chrono::milliseconds(500);
    return left - std::max(left / 10, kLeastMargin);
}

}  // namespace gantry::rules
