// The calendar is that of std::chrono; the form is one pattern.
#include "api/iso_time.hpp"

#include <array>
#include <chrono>
#include <cstdio>
#include <regex>

namespace gantry::host {

std::string iso_time(std::int64_t ms) {
    using namespace std::chrono;
    const sys_time<milliseconds> at{milliseconds(ms)};
    const auto day = floor<days>(at);
    const year_month_day date(day);
    const hh_mm_ss time(at - day);
    std::array<char, 64> out{};
    std::snprintf(out.data(), out.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",  // NOLINT
                  static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                  static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()),
                  static_cast<int>(time.minutes().count()),
                  static_cast<int>(time.seconds().count()),
                  static_cast<int>(time.subseconds().count()));
    return out.data();
}

std::optional<std::int64_t> parse_iso_time(const std::string& text) {
    using namespace std::chrono;
    if (text.size() > 40) return std::nullopt;
    const std::regex form(
        R"((\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:?\d\d)?)?)");
    std::smatch m;
    if (!std::regex_match(text, m, form)) return std::nullopt;
    const auto number = [&](std::size_t i) { return m[i].matched ? std::stoi(m[i]) : 0; };
    const year_month_day date(year(number(1)), month(static_cast<unsigned>(number(2))),
                              day(static_cast<unsigned>(number(3))));
    if (!date.ok() || number(4) > 23 || number(5) > 59 || number(6) > 60) return std::nullopt;
    const std::string fraction = m[7].matched ? (m[7].str() + "00").substr(0, 3) : "0";
    milliseconds at = sys_days(date).time_since_epoch() + hours(number(4)) + minutes(number(5)) +
                      seconds(number(6)) + milliseconds(std::stoi(fraction));
    if (const auto zone = m[8].str(); zone.size() > 1) {
        const auto offset =
            hours(std::stoi(zone.substr(1, 2))) + minutes(std::stoi(zone.substr(zone.size() - 2)));
        at += zone[0] == '+' ? -offset : offset;
    }
    return at.count();
}

}  // namespace gantry::host
