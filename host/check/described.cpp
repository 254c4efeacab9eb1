// A value is tried by writing it alone and reading it again.
#include "check/described.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace gantry::host::check {
namespace {

constexpr std::array kTypes = {"string", "integer", "decimal", "boolean", "date", "datetime"};

bool has_form(const json& value, std::string_view form) {
    if (!value.is_string()) return false;
    const auto& text = value.get_ref<const std::string&>();
    if (text.size() < form.size()) return false;
    return std::equal(form.begin(), form.end(), text.begin(), [](char wanted, char found) {
        return wanted == '9' ? found >= '0' && found <= '9' : wanted == found;
    });
}

bool is_decimal(const json& value) {
    if (!value.is_string()) return false;
    const auto& text = value.get_ref<const std::string&>();
    return text.find_first_of("0123456789") != std::string::npos &&
           text.find_first_not_of("0123456789.", text.starts_with('-') ? 1 : 0) ==
               std::string::npos &&
           std::count(text.begin(), text.end(), '.') <= 1;
}

// Texts that many a rule takes: of any kind, digits, a country, a state.
std::vector<json> of_type(const std::string& type) {
    if (type == "integer" || type == "number") return {7, 8};
    if (type == "decimal") return {"7.5", "8.5", "7", "8"};
    if (type == "boolean") return {true, false};
    if (type == "date") return {"2026-02-03", "2026-02-04"};
    if (type == "datetime") return {"2026-02-03T04:05:06Z", "2026-02-03T04:05:07Z"};
    return {"Checked one", "Checked two", "1234", "5678", "DE", "FR", "draft", "published"};
}

json value_of(Record& record, const std::string& field) {
    return record.fields_of(record.read()).value(field, json(nullptr));
}

}  // namespace

std::vector<DescribedField> described_fields(Record& record) {
    std::vector<DescribedField> all;
    const auto described = record.call("describe", json::object());
    for (const auto& one : described.at("fields")) {
        DescribedField field{
            one.at("name"), one.at("type"), {}, one.at("writable"), one.at("required")};
        const auto most = one.value("max_length", json(nullptr));
        if (most.is_number_unsigned()) field.max_length = most.get<std::size_t>();
        all.push_back(std::move(field));
    }
    return all;
}

bool is_of_type(const json& value, const std::string& type) {
    if (value.is_null()) return true;
    if (type == "string" || type == "text") return value.is_string();
    if (type == "integer") {
        return value.is_number_integer() ||
               (value.is_number() && std::floor(value.get<double>()) == value.get<double>());
    }
    if (type == "number") return value.is_number();
    if (type == "decimal") return is_decimal(value);
    if (type == "boolean") return value.is_boolean();
    if (type == "date") return has_form(value, "9999-99-99") && value.dump().size() == 12;
    if (type == "datetime") return has_form(value, "9999-99-99T99:99");
    return true;
}

std::vector<json> values_for(const Record& record, const DescribedField& field) {
    std::vector<json> all;
    for (const auto* own : {&record.data(), &record.change()}) {
        if (own->contains(field.name) && !own->at(field.name).is_null()) {
            all.push_back(own->at(field.name));
        }
    }
    for (auto& value : of_type(field.type)) {
        const bool fits = !value.is_string() || !field.max_length ||
                          value.get_ref<const std::string&>().size() <= *field.max_length;
        if (fits) all.push_back(std::move(value));
    }
    return all;
}

std::vector<json> values_of_other_types(const std::string& type) {
    std::vector<json> all;
    for (const char* other : kTypes) {
        for (auto& value : of_type(other)) {
            if (!is_of_type(value, type)) all.push_back(std::move(value));
        }
    }
    return all;
}

bool takes(Record& record, const std::string& field, const json& value) {
    const auto before = value_of(record, field);
    if (record.try_write({{field, value}}).error) return false;
    const auto now = value_of(record, field);
    return now != before && now.is_null() == value.is_null();
}

FilledProduct::FilledProduct(Record& record) {
    for (const auto& field : described_fields(record)) {
        if (!field.writable) continue;
        const auto values = values_for(record, field);
        const auto take_one = [&] {
            return std::any_of(values.begin(), values.end(),
                               [&](const json& value) { return takes(record, field.name, value); });
        };
        if (value_of(record, field.name).is_null() && !take_one()) {
            stubborn_.push_back(field);
            continue;
        }
        const auto first = value_of(record, field.name);
        const bool other = take_one() || (!field.required && takes(record, field.name, nullptr));
        const auto second = value_of(record, field.name);
        if (other && takes(record, field.name, first)) {
            changes_.push_back({field.name, first, second, field.required});
        } else {
            stubborn_.push_back(field);
        }
    }
}

json FilledProduct::others(const json& fields, const std::string& but) const {
    json out = json::object();
    for (const auto& one : changes_) {
        if (one.field != but) out[one.field] = fields.value(one.field, json(nullptr));
    }
    return out;
}

}  // namespace gantry::host::check
