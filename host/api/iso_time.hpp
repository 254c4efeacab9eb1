// Times as ISO 8601 writes them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace gantry::host {

/// "2024-05-01T12:30:00.000Z" of milliseconds since 1970.
std::string iso_time(std::int64_t ms);

/// A date, or a date and a time with "Z", an offset or neither (then it is UTC). Nothing for any
/// other text.
std::optional<std::int64_t> parse_iso_time(const std::string& text);

}  // namespace gantry::host
