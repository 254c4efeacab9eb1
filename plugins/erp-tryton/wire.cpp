// Numerics never pass through a double; Tryton's own floats do, and only where that is exact.
#include "wire.hpp"

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "mapping/decimal.hpp"

namespace erp_tryton {
namespace {

using gantry::Error;

[[noreturn]] void unexpected(const std::string& theirs, const json& value) {
    throw Error(GANTRY_E_INTERNAL,
                "Tryton answered " + value.dump().substr(0, 100) + " for a field of type " + theirs,
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
    if (number.is_number() && mapping::canonical_decimal(number.dump()) == text) return number;
    throw Error(GANTRY_E_REJECTED,
                "found " + text + ", which has more digits than Tryton keeps in this field",
                GANTRY_EF_NOT_APPLIED);
}

}  // namespace

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
    const auto decimal = [&](const std::string& text) -> json {
        const auto canonical = mapping::canonical_decimal(text);
        if (!canonical) unexpected(theirs, value);
        return *canonical;
    };
    if (theirs == "float" && value.is_number()) return decimal(value.dump());
    if (theirs == "numeric" || theirs == "date") {
        const auto kind = value.is_object() ? value.value("__class__", "") : "";
        if (theirs == "date" && kind == "date") return date_text(value);
        if (theirs == "numeric" && kind == "Decimal") return decimal(value.at("decimal"));
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
    if (theirs == "float") return exact(std::strtod(text.c_str(), nullptr), text);
    if (theirs == "integer" || theirs == "biginteger") {
        return exact(json::parse(text, nullptr, false), text);
    }
    return value;
}

}  // namespace erp_tryton
