// Decimal numbers as text, exact: what an ERP keeps never goes through a double.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mapping {

/// "019.950" → "19.95", "-0" → "0", "1e3" → "1000"; nothing for what is no decimal number, or has
/// an exponent beyond 100.
std::optional<std::string> canonical_decimal(std::string_view text);

/// `decimal`, a canonical one, times ten to the power of `places`: exact, and taken back by
/// -places.
std::string shifted(const std::string& decimal, int places);

/// How many digits a canonical one has behind its point.
std::size_t decimals_of(std::string_view decimal);

}  // namespace mapping
