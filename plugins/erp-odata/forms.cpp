#include "forms.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <string_view>

namespace erp_odata {
namespace {

// In `form` x stands for a hexadecimal digit, d for a decimal one, all else for itself.
bool has_form(const std::string& text, std::string_view form) {
    return std::equal(text.begin(), text.end(), form.begin(), form.end(), [](char c, char of) {
        const auto byte = static_cast<unsigned char>(c);
        return of == 'x' ? std::isxdigit(byte) != 0 : of == 'd' ? std::isdigit(byte) != 0 : c == of;
    });
}

}  // namespace

bool is_guid(const std::string& text) {
    return has_form(text, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx");
}

std::optional<std::chrono::sys_days> day_of(const std::string& text) {
    if (!has_form(text, "dddd-dd-dd")) return std::nullopt;
    const auto number = [&](std::size_t from, std::size_t size) {
        return static_cast<unsigned>(std::stoi(text.substr(from, size)));
    };
    const auto year = static_cast<int>(number(0, 4));
    const std::chrono::year_month_day date(
        std::chrono::year(year), std::chrono::month(number(5, 2)), std::chrono::day(number(8, 2)));
    if (year == 0 || !date.ok()) return std::nullopt;
    return std::chrono::sys_days(date);
}

std::string iso_of(std::chrono::sys_days day) {
    const std::chrono::year_month_day date(day);
    const int of = static_cast<int>(date.year());
    if (of < 1 || of > 9999) return "";
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", of,
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
    return text.data();
}

}  // namespace erp_odata
