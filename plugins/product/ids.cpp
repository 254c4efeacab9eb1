// Ids "<prefix>_<ULID>".
#include "ids.hpp"

#include <chrono>
#include <random>

namespace catalogue {

namespace {

constexpr char kDigits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";  // Crockford's base 32
constexpr int kTimeDigits = 10;

std::int64_t now_ms() {
    using std::chrono::milliseconds;
    const auto now = std::chrono::system_clock::now();
    return std::chrono::floor<milliseconds>(now.time_since_epoch()).count();
}

}  // namespace

std::string Ids::make(std::string_view prefix) {
    const auto now = now_ms();
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
