// Ids "<prefix>_<ULID>" and times as text.
#include "ids.hpp"

#include <cstdio>
#include <ctime>
#include <random>

namespace catalogue {

namespace {

constexpr char kDigits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";  // Crockford's base 32
constexpr int kTimeDigits = 10;

std::int64_t ms_of(Clock::time_point time) {
    using std::chrono::milliseconds;
    return std::chrono::floor<milliseconds>(time.time_since_epoch()).count();
}

}  // namespace

std::string iso_time(Clock::time_point time) {
    const auto ms = ms_of(time);
    const auto seconds = static_cast<std::time_t>(ms / 1000);
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    std::array<char, 32> text{};
    const auto length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &utc);
    std::snprintf(text.data() + length, text.size() - length, ".%03dZ",
                  static_cast<int>(ms % 1000));
    return text.data();
}

std::string Ids::make(std::string_view prefix) {
    const auto now = ms_of(Clock::now());
    if (now > last_ms_) {
        last_ms_ = now;
        std::random_device random;
        for (auto& digit : tail_) digit = static_cast<std::uint8_t>(random() % 32);
    } else {
        for (auto digit = tail_.rbegin(); digit != tail_.rend(); ++digit) {
            *digit = static_cast<std::uint8_t>((*digit + 1) % 32);
            if (*digit != 0) break;
        }
    }
    std::string id(prefix);
    id += '_';
    for (int i = kTimeDigits - 1; i >= 0; --i) id += kDigits[(last_ms_ >> (5 * i)) & 31];
    for (const auto digit : tail_) id += kDigits[digit];
    return id;
}

}  // namespace catalogue
