// A number by from_chars, then the unit by table.
#include "base/duration.hpp"

#include <charconv>
#include <cstdint>
#include <utility>

namespace gantry::host {

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
    constexpr std::pair<std::string_view, std::int64_t> kUnits[] = {
        {"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};
    constexpr std::int64_t kLongest = std::int64_t{36'500} * 86'400'000;
    std::int64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || number <= 0) return std::nullopt;
    const std::string_view unit(rest, static_cast<std::size_t>(end - rest));
    for (const auto& [name, factor] : kUnits) {
        if (unit == name && number <= kLongest / factor) {
            return std::chrono::milliseconds(number * factor);
        }
    }
    return std::nullopt;
}

}  // namespace gantry::host
