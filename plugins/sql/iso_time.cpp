// Times as text: ISO-8601 in UTC, to the millisecond.
#include "sql/iso_time.hpp"

#include <array>
#include <cstdio>
#include <ctime>

namespace plugin_sql {

std::string iso_time(std::chrono::system_clock::time_point time) {
    using std::chrono::milliseconds;
    const auto ms = std::chrono::floor<milliseconds>(time.time_since_epoch()).count();
    const auto seconds = static_cast<std::time_t>(ms / 1000);
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    std::array<char, 32> text{};
    const auto length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &utc);
    std::snprintf(text.data() + length, text.size() - length, ".%03dZ",
                  static_cast<int>(ms % 1000));
    return text.data();
}

}  // namespace plugin_sql
