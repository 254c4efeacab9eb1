// What this ERP keeps of a product and what it refuses: one table of fields, one check per type.
#include "rules.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace erp_ledger {

namespace {

enum class Type { kText, kDigits, kCountry, kDecimal, kSize };

struct Field {
    std::string_view name;
    Type type;
    int max_length = 0;  // in Unicode code points; 0: unlimited
    std::string_view unit{};
    bool required = false;
};

constexpr std::array kFields{
    Field{"title", Type::kText, 40, {}, true},
    Field{"subtitle", Type::kText},
    Field{"description", Type::kText},
    Field{"hs_code", Type::kDigits},
    Field{"origin_country", Type::kCountry, 2},
    Field{"mid_code", Type::kText},
    Field{"material", Type::kText},
    Field{"external_id", Type::kText},
    Field{"status", Type::kText},
    Field{"weight", Type::kSize, 0, "g"},
    Field{"length", Type::kSize, 0, "mm"},
    Field{"height", Type::kSize, 0, "mm"},
    Field{"width", Type::kSize, 0, "mm"},
    Field{"price", Type::kDecimal},
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_digits(std::string_view s) {
    return !s.empty() && std::all_of(s.begin(), s.end(), is_digit);
}

bool is_country(std::string_view s) {
    return s.size() == 2 &&
           std::all_of(s.begin(), s.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool is_decimal(std::string_view s) {
    if (!s.empty() && s.front() == '-') s.remove_prefix(1);
    const auto point = s.find('.');
    if (point == std::string_view::npos) return is_digits(s);
    return is_digits(s.substr(0, point)) && is_digits(s.substr(point + 1));
}

std::string_view type_name(Type type) {
    if (type == Type::kSize) return "number";
    return type == Type::kDecimal ? "decimal" : "string";
}

std::string_view expected(Type type) {
    switch (type) {
        case Type::kText:
            return "text";
        case Type::kDigits:
            return "digits only, as text";
        case Type::kCountry:
            return "two upper-case letters";
        case Type::kDecimal:
            return "a decimal as text, like \"19.95\"";
        case Type::kSize:
            return "a number, 0 or more";
    }
    return "";
}

bool fits(Type type, const json& value) {
    if (type == Type::kSize) return value.is_number() && value.get<double>() >= 0;
    if (!value.is_string()) return false;
    const auto& text = value.get_ref<const std::string&>();
    switch (type) {
        case Type::kDigits:
            return is_digits(text);
        case Type::kCountry:
            return is_country(text);
        case Type::kDecimal:
            return is_decimal(text);
        default:
            return true;
    }
}

auto code_points(std::string_view utf8) {
    return std::count_if(utf8.begin(), utf8.end(), [](char c) { return (c & 0xC0) != 0x80; });
}

// Escaped to ASCII, so that the cut never splits a character.
std::string shown(const json& value) {
    constexpr std::size_t kMost = 60;
    auto text = value.dump(-1, ' ', /*ensure_ascii=*/true);
    if (text.size() > kMost) text = text.substr(0, kMost) + "...";
    return text;
}

gantry::Error refusal(std::string message, json details) {
    return {GANTRY_E_REJECTED, std::move(message), GANTRY_EF_NOT_APPLIED, std::move(details)};
}

void check(const Field& field, const json& value) {
    const std::string name(field.name);
    if (!fits(field.type, value)) {
        const std::string wanted(expected(field.type));
        throw refusal(name + " is " + shown(value) + "; this ERP takes " + wanted,
                      {{"field", name}, {"found", shown(value)}, {"expected", wanted}});
    }
    if (field.max_length == 0) return;
    const auto length = code_points(value.get_ref<const std::string&>());
    if (length > field.max_length) {
        throw refusal(name + " has " + std::to_string(length) +
                          " characters; this ERP takes at most " + std::to_string(field.max_length),
                      {{"field", name}, {"found", length}, {"limit", field.max_length}});
    }
}

}  // namespace

json described_fields() {
    json out = json::array();
    for (const Field& field : kFields) {
        out.push_back({{"name", field.name},
                       {"type", type_name(field.type)},
                       {"max_length", field.max_length == 0 ? json() : json(field.max_length)},
                       {"writable", true},
                       {"required", field.required},
                       {"unit", field.unit.empty() ? json() : json(field.unit)}});
    }
    return out;
}

json apply_changes(const json& changes, json& data) {
    json ignored = json::array();
    for (const auto& [name, value] : changes.items()) {
        const auto field = std::find_if(kFields.begin(), kFields.end(),
                                        [&name = name](const Field& f) { return f.name == name; });
        if (field == kFields.end()) {
            ignored.push_back(name);
        } else if (value.is_null()) {
            data.erase(name);
        } else {
            check(*field, value);
            data[name] = value;
        }
    }
    for (const Field& field : kFields) {
        const std::string name(field.name);
        if (field.required && data.value(name, "").empty()) {
            throw refusal(
                "without a " + name + " there can be no record; this ERP needs one",
                {{"field", name}, {"found", nullptr}, {"expected", expected(field.type)}});
        }
    }
    return ignored;
}

}  // namespace erp_ledger
