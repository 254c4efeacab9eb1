#include "keeps.hpp"

#include "forms.hpp"
#include "mapping/decimal.hpp"
#include "mapping/mapping.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace erp_odata {
namespace {

// SAP's systems count UTF-16 units: a character of four bytes is two.
std::size_t length_of(const std::string& text) {
    const auto of_four =
        std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xf8) == 0xf0; });
    return mapping::characters(text) + static_cast<std::size_t>(of_four);
}

std::string of_text(const Property& property, const json& value) {
    if (!value.is_string()) return "a text";
    const auto& most = property.max_length;
    if (!most || length_of(value.get_ref<const std::string&>()) <= *most) return "";
    return "at most " + std::to_string(*most) +
           " characters, of which one beyond U+FFFF counts as two";
}

struct Whole {
    std::string_view type;
    std::int64_t least;
    std::int64_t most;
};

template <typename Number>
constexpr Whole whole(std::string_view type) {
    return {type, std::numeric_limits<Number>::min(), std::numeric_limits<Number>::max()};
}

constexpr std::array kWholes = {whole<std::uint8_t>("Edm.Byte"), whole<std::int8_t>("Edm.SByte"),
                                whole<std::int16_t>("Edm.Int16"), whole<std::int32_t>("Edm.Int32"),
                                whole<std::int64_t>("Edm.Int64")};

std::string of_whole(const Property& property, const json& value) {
    const auto& of = *std::find_if(kWholes.begin(), kWholes.end(),
                                   [&](const Whole& one) { return one.type == property.type; });
    const auto text = value.is_number_integer() ? value.dump() : "";
    std::int64_t number = 0;
    const bool read =
        std::from_chars(text.data(), text.data() + text.size(), number).ec == std::errc();
    if (read && number >= of.least && number <= of.most) return "";
    return "a whole number from " + std::to_string(of.least) + " to " + std::to_string(of.most);
}

// "-0.0250": the last digits that are zeros are not there in a canonical one.
struct Digits {
    explicit Digits(const std::string& decimal) : behind(mapping::decimals_of(decimal)) {
        for (const char c : decimal) {
            if (c >= '0' && c <= '9' && (c != '0' || !all.empty())) all += c;
        }
        in_front = decimal.starts_with("0") || decimal.starts_with("-0") ? 0 : all.size() - behind;
        all.erase(all.find_last_not_of('0') + 1);  // npos + 1 is 0
    }

    std::string all;  // from the first that is no zero to the last
    std::size_t behind;
    std::size_t in_front = 0;
};

std::string of_exact(const Property& property, const Digits& digits) {
    const auto& scale = property.scale;
    const auto& precision = property.precision;
    if (scale && digits.behind > *scale) return "at most " + std::to_string(*scale) + " decimals";
    if (!precision || digits.in_front + scale.value_or(digits.behind) <= *precision) return "";
    return "what Decimal(" + std::to_string(*precision) + "," +
           (scale ? std::to_string(*scale) : "variable") + ") holds";
}

// Each decimal of so many digits comes back from such a binary number, and not each longer one.
std::string of_binary(const Property& property, const Digits& digits) {
    const bool is_double = property.type == "Edm.Double";
    const std::size_t most =
        is_double ? std::numeric_limits<double>::digits10 : std::numeric_limits<float>::digits10;
    const std::size_t largest = is_double ? std::numeric_limits<double>::max_exponent10
                                          : std::numeric_limits<float>::max_exponent10;
    if (digits.all.size() <= most && digits.in_front <= largest && digits.behind <= largest) {
        return "";
    }
    return "at most " + std::to_string(most) + " digits, as " + property.type + " keeps no more";
}

std::string of_decimal(const Property& property, const json& value) {
    const auto decimal =
        value.is_string() ? mapping::canonical_decimal(value.get<std::string>()) : std::nullopt;
    if (!decimal) return "a decimal as a text, as \"19.95\"";
    const Digits digits(*decimal);
    return property.type == "Edm.Decimal" ? of_exact(property, digits)
                                          : of_binary(property, digits);
}

}  // namespace

std::string expected_by(const Property& property, const json& value) {
    const auto text = value.is_string() ? value.get<std::string>() : "";
    if (property.is_text()) return of_text(property, value);
    if (property.is_integer()) return of_whole(property, value);
    if (property.is_decimal()) return of_decimal(property, value);
    if (property.is_day()) return day_of(text) ? "" : "a day as \"2026-11-25\"";
    if (property.type == kGuid) return is_guid(text) ? "" : "a GUID";
    if (property.type == "Edm.Boolean") return value.is_boolean() ? "" : "true or false";
    return "";
}

void require_kept(const std::string& name, const json& found, const Property& property,
                  const json& value) {
    const auto expected = expected_by(property, value);
    if (expected.empty()) return;
    throw gantry::Error(GANTRY_E_REJECTED,
                        name + ": found " + found.dump() +
                            (value == found ? "" : ", which is " + value.dump() + " there") +
                            ", expected " + expected,
                        GANTRY_EF_NOT_APPLIED,
                        {{"field", name}, {"found", found}, {"expected", expected}});
}

}  // namespace erp_odata
