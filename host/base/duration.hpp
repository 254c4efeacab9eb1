// Durations as people write them in configuration.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace gantry::host {

/// "250ms", "30s", "5m", "2h", "7d": a whole positive number and a unit; at most 100 years, so that
/// it can be added to a clock's time. Nothing for any other text.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

}  // namespace gantry::host
