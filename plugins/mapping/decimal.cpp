#include "mapping/decimal.hpp"

#include <algorithm>
#include <charconv>

namespace mapping {
namespace {

constexpr int kLargestExponent = 100;

// Sign, digits and where the point stands in them, without zeros that say nothing.
std::string written(bool negative, std::string digits, long point) {
    if (point < 1) {
        digits.insert(0, static_cast<std::size_t>(1 - point), '0');
        point = 1;
    }
    if (point > static_cast<long>(digits.size())) {
        digits.resize(static_cast<std::size_t>(point), '0');
    }
    std::string whole = digits.substr(0, static_cast<std::size_t>(point));
    std::string rest = digits.substr(static_cast<std::size_t>(point));
    whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size() - 1));
    rest.erase(rest.find_last_not_of('0') + 1);  // npos + 1 is 0
    const bool zero = whole == "0" && rest.empty();
    return (negative && !zero ? "-" : "") + whole + (rest.empty() ? "" : "." + rest);
}

}  // namespace

std::optional<std::string> canonical_decimal(std::string_view text) {
    bool negative = false;
    if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
        negative = text.front() == '-';
        text.remove_prefix(1);
    }
    int exponent = 0;
    if (const auto e = text.find_first_of("eE"); e != std::string_view::npos) {
        auto number = text.substr(e + 1);
        if (number.starts_with('+')) number.remove_prefix(1);
        const auto [end, wrong] =
            std::from_chars(number.data(), number.data() + number.size(), exponent);
        if (wrong != std::errc() || end != number.data() + number.size()) return std::nullopt;
        if (exponent > kLargestExponent || exponent < -kLargestExponent) return std::nullopt;
        text = text.substr(0, e);
    }
    std::string digits;
    std::optional<long> point;
    for (const char c : text) {
        if (c == '.' && !point) {
            point = static_cast<long>(digits.size());
        } else if (c >= '0' && c <= '9') {
            digits += c;
        } else {
            return std::nullopt;
        }
    }
    if (digits.empty()) return std::nullopt;
    const long place = point.value_or(static_cast<long>(digits.size()));
    return written(negative, std::move(digits), place + exponent);
}

std::string shifted(const std::string& decimal, int places) {
    const bool negative = decimal.starts_with('-');
    std::string digits = decimal.substr(negative ? 1 : 0);
    const auto point = std::min(digits.find('.'), digits.size());
    digits.erase(point, 1);
    return written(negative, std::move(digits), static_cast<long>(point) + places);
}

std::size_t decimals_of(std::string_view decimal) {
    const auto point = decimal.find('.');
    return point == std::string_view::npos ? 0 : decimal.size() - point - 1;
}

}  // namespace mapping
