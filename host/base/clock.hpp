// Wall time as the rows keep it.
#pragma once

#include <chrono>
#include <cstdint>

namespace gantry::host {

/// Milliseconds since 1970, UTC.
inline std::int64_t wall_ms() {
    using std::chrono::milliseconds;
    return std::chrono::duration_cast<milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

}  // namespace gantry::host
