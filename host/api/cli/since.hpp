// A point in the past as a person says it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace gantry::host {

/// Milliseconds since 1970 of "22:00" or "22:00:30" (the last such time, local), "2h" (so long
/// before `now`) or an ISO time; nothing for any other text.
std::optional<std::int64_t> parse_since(const std::string& text, std::int64_t now);

/// What --since was given, as the management API takes it. Throws Error INVALID_DATA.
std::string since_as_iso(const std::string& text);

}  // namespace gantry::host
