// Local days are the C library's: it knows the zone of whoever asks.
#include "api/cli/since.hpp"

#include "api/iso_time.hpp"
#include "base/clock.hpp"
#include "base/duration.hpp"

#include <gantry/error.hpp>

#include <array>
#include <ctime>

namespace gantry::host {
namespace {

constexpr std::int64_t kSecond = 1000;

// Two digits each, with a colon between; nothing for any other text.
std::optional<std::array<int, 3>> time_of_day(const std::string& text) {
    if (text.size() != 5 && text.size() != 8) return std::nullopt;
    std::array<int, 3> parts{};
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool colon = i % 3 == 2;
        if (colon ? text[i] != ':' : text[i] < '0' || text[i] > '9') return std::nullopt;
        if (!colon) parts[i / 3] = parts[i / 3] * 10 + (text[i] - '0');
    }
    if (parts[0] > 23 || parts[1] > 59 || parts[2] > 59) return std::nullopt;
    return parts;
}

std::optional<std::int64_t> last_time_of_day(const std::string& text, std::int64_t now) {
    const auto time = time_of_day(text);
    if (!time) return std::nullopt;
    const auto now_seconds = static_cast<std::time_t>(now / kSecond);
    std::tm day{};
    localtime_r(&now_seconds, &day);
    const auto on_day = [&](int offset) {
        std::tm at = day;
        at.tm_mday += offset;
        at.tm_hour = (*time)[0];
        at.tm_min = (*time)[1];
        at.tm_sec = (*time)[2];
        at.tm_isdst = -1;
        return static_cast<std::int64_t>(std::mktime(&at)) * kSecond;
    };
    const auto today = on_day(0);
    return today <= now ? today : on_day(-1);
}

}  // namespace

std::optional<std::int64_t> parse_since(const std::string& text, std::int64_t now) {
    if (const auto ms = last_time_of_day(text, now)) return ms;
    if (const auto back = parse_duration(text)) return now - back->count();
    return parse_iso_time(text);
}

std::string since_as_iso(const std::string& text) {
    if (const auto since = parse_since(text, wall_ms())) return iso_time(*since);
    throw Error(GANTRY_E_INVALID_DATA,
                "--since " + text +
                    ": expected a time of day such as 22:00, a duration back such as 2h, or an ISO "
                    "time such as 2024-05-01T22:00:00Z");
}

}  // namespace gantry::host
