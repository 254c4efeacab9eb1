// Times as text: ISO-8601 in UTC, to the millisecond.
#pragma once

#include <chrono>
#include <string>

namespace plugin_sql {

/// "2026-01-31T23:59:59.123Z"; texts of later times compare greater.
std::string iso_time(std::chrono::system_clock::time_point time);

}  // namespace plugin_sql
