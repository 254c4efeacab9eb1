// Texts of a fixed form: GUIDs, and days of the calendar.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace erp_odata {

bool is_guid(const std::string& text);

/// Of "2026-11-25", from the year 1 to 9999; nothing for any other text, or a day that no month
/// has.
std::optional<std::chrono::sys_days> day_of(const std::string& text);
/// Empty: of another year.
std::string iso_of(std::chrono::sys_days day);

}  // namespace erp_odata
