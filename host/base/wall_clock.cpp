// Two clocks of the system.
#include "base/wall_clock.hpp"

#include "base/clock.hpp"

#include <chrono>

namespace gantry::host {

namespace {

template <typename Clock>
std::int64_t ns() {
    const auto now = Clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

}  // namespace

WallClock::WallClock()
    : offset_(ns<std::chrono::system_clock>() - ns<std::chrono::steady_clock>()) {}

std::int64_t WallClock::behind() const { return wall_ms() - now(); }

std::int64_t WallClock::now_with(std::int64_t offset) {
    return (ns<std::chrono::steady_clock>() + offset) / kNanoseconds;
}

}  // namespace gantry::host
