// Numerics never pass through a double; Tryton's own floats do, and only where that is exact.
#include "wire.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>

#include "mapping/decimal.hpp"

namespace erp_tryton {
namespace {

using gantry::Error;

[[noreturn]] void unexpected(const std::string& theirs, const json& value) {
    throw Error(GANTRY_E_INTERNAL,
                "Tryton answered " + value.dump(-1, ' ', /*ensure_ascii=*/true).substr(0, 100) +
                    " for a field of type " + theirs,
                GANTRY_EF_NOT_APPLIED);
}

json date_text(const json& value) {
    constexpr int kYear = 9999;
    std::array<char, 16> text{};
    const int year = value.at("year");
    const int month = value.at("month");
    const int day = value.at("day");
    if (year < 0 || year > kYear) unexpected("date", value);
    std::snprintf(text.data(), text.size(), "%04d-%02d-%02d", year % 10000, month % 100, day % 100);
    return text.data();
}

json date_parts(const std::string& text) {
    int year = 0;
    int month = 0;
    int day = 0;
    int end = 0;
    const int found = std::sscanf(text.c_str(), "%4d-%2d-%2d%n", &year, &month, &day, &end);
    const bool real = found == 3 && static_cast<std::size_t>(end) == text.size() &&
                      std::chrono::year_month_day(std::chrono::year(year),
                                                  std::chrono::month(static_cast<unsigned>(month)),
                                                  std::chrono::day(static_cast<unsigned>(day)))
                          .ok();
    if (!real) {
        throw Error(GANTRY_E_REJECTED, "found \"" + text + "\", expected a date as 2030-01-31",
                    GANTRY_EF_NOT_APPLIED);
    }
    return {{"__class__", "date"}, {"year", year}, {"month", month}, {"day", day}};
}

// `number` is what Tryton is sent for `text`.
json exact(const json& number, const std::string& text) {
    if (number.is_number() && decimal_of(number) == text) return number;
    throw Error(GANTRY_E_REJECTED,
                "found " + text + ", which has more digits than Tryton keeps in this field",
                GANTRY_EF_NOT_APPLIED);
}

json nearest_float(const std::string& text) {
    double number = 0;
    const auto* const end = text.data() + text.size();
    return std::from_chars(text.data(), end, number).ec == std::errc() ? json(number) : json();
}

json whole(const std::string& text) {
    const auto number = json::parse(text, nullptr, false);
    return number.is_number_integer() ? number : json();
}

}  // namespace

// nlohmann's own text of a double is not always the shortest: 0.01207 is 0.012070000000000001
// there.
std::string decimal_of(const json& number) {
    if (!number.is_number_float()) return number.dump();
    std::array<char, 32> text{};
    auto* const end = std::to_chars(text.data(), text.data() + text.size(), number.get<double>(),
                                    std::chars_format::scientific)
                          .ptr;
    const std::string_view all(text.data(), static_cast<std::size_t>(end - text.data()));
    const auto e = all.find('e');
    const auto* const exponent = all.data() + e + (all[e + 1] == '+' ? 2 : 1);
    int places = 0;
    std::from_chars(exponent, end, places);
    return mapping::shifted(mapping::canonical_decimal(all.substr(0, e)).value(), places);
}

bool fits(const std::string& mapped, const std::string& theirs) {
    if (mapped == "string" || mapped == "text") {
        return theirs == "char" || theirs == "text" || theirs == "fulltext" ||
               theirs == "selection";
    }
    if (mapped == "decimal") return theirs == "numeric" || theirs == "float";
    if (mapped == "integer") {
        return theirs == "integer" || theirs == "biginteger" || theirs == "float" ||
               theirs == "numeric";
    }
    return mapped == theirs;  // boolean, date
}

json from_wire(const std::string& theirs, const json& value) {
    if (value.is_null()) return value;
    if (theirs == "float" && value.is_number()) return decimal_of(value);
    if (theirs == "numeric" || theirs == "date") {
        const auto kind = value.is_object() ? value.value("__class__", "") : "";
        if (theirs == "date" && kind == "date") return date_text(value);
        const auto decimal =
            kind == "Decimal" ? mapping::canonical_decimal(value.at("decimal").get<std::string>())
                              : std::nullopt;
        if (theirs == "numeric" && decimal) return *decimal;
        unexpected(theirs, value);
    }
    if (value.is_structured()) unexpected(theirs, value);
    return value;
}

json to_wire(const std::string& theirs, const json& value) {
    if (value.is_null()) return value;
    const auto text = value.is_string() ? value.get<std::string>() : value.dump();
    if (theirs == "numeric") return {{"__class__", "Decimal"}, {"decimal", text}};
    if (theirs == "date") return date_parts(text);
    if (theirs == "float") return exact(nearest_float(text), text);
    if (theirs == "integer" || theirs == "biginteger") {
        return exact(whole(text), text);
    }
    return value;
}

}  // namespace erp_tryton
