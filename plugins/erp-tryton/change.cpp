// Only what differs is written: a text that is written costs Tryton more than the rest of the call.
#include "change.hpp"

#include <algorithm>
#include <charconv>

#include "wire.hpp"

namespace erp_tryton {
namespace {

using gantry::Error;
using Of = Column::Of;

constexpr const char* kActive = "template.active";

// The mapping gives a whole number as one; Tryton's floats and numerics are read as texts.
json comparable(const Column& column, const json& value) {
    const bool texted = column.type == "float" || column.type == "numeric";
    return texted && value.is_number() ? json(decimal_of(value)) : value;
}

template <typename Whole>
bool is(const std::string& text) {
    Whole number = 0;
    return std::from_chars(text.data(), text.data() + text.size(), number).ec == std::errc();
}

// At what does not fit Tryton fails, and does not say that it refuses.
void require_room(const Column& column, const std::string& value) {
    constexpr std::size_t kDigits = 28;  // with which it rounds a numeric
    std::string expected;
    if (column.type == "integer" && !is<std::int32_t>(value)) expected = "32 bits";
    if (column.type == "biginteger" && !is<std::int64_t>(value)) expected = "64 bits";
    const auto in_front =
        std::min(value.find('.'), value.size()) - (value.starts_with('-') ? 1 : 0);
    if (column.type == "numeric" && column.decimals && in_front + *column.decimals > kDigits) {
        expected = std::to_string(kDigits - *column.decimals) + " digits in front of the point";
    }
    if (expected.empty()) return;
    throw Error(GANTRY_E_REJECTED,
                column.path + ": found " + value + ", expected a number of at most " + expected,
                GANTRY_EF_NOT_APPLIED,
                {{"field", column.path}, {"found", value}, {"expected", expected}});
}

void put(json& values, const Column& column, const json& value) {
    if (!value.is_null())
        require_room(column, value.is_string() ? value.get<std::string>() : value.dump());
    values[column.name] = to_wire(column.type, value);
    if (column.unit && !value.is_null()) values[column.name + "_uom"] = column.unit->id;
}

// Tryton replaces all attributes at once: those that nobody maps go along.
void put_attribute(json& values, const json& present, const std::string& name, const json& value) {
    if (!values.contains("attributes")) values["attributes"] = present;
    if (values["attributes"].is_null()) values["attributes"] = json::object();
    if (value.is_null()) {
        values["attributes"].erase(name);
    } else {
        values["attributes"][name] = value;
    }
}

std::string key_of(const json& variant) {
    return std::to_string(variant.at("id").get<long long>());
}

}  // namespace

Change Change::towards(const Setup& setup, const Record& now, const json& wanted) {
    Change out;
    for (const auto& [path, value] : wanted.items()) {
        const auto& column = setup.column(path);
        const auto goal = comparable(column, value);
        if (column.of == Of::kTemplate) {
            if (now.value(column) == goal &&
                (!goal.is_null() || now.row().at(column.name).is_null()))
                continue;
            put(out.of_template_, column, goal);
            if (path == kActive) out.activate_variants(now, goal);
            continue;
        }
        if (now.variants().empty() && !goal.is_null()) {
            throw Error(GANTRY_E_REJECTED,
                        "product template " + std::to_string(now.id()) +
                            " has no variant to hold " + path + "; make one in Tryton",
                        GANTRY_EF_NOT_APPLIED);
        }
        for (const auto& variant : now.variants()) {
            if (Record::value_of_variant(column, variant) == goal) continue;
            auto& values = out.of_variants_[key_of(variant)];
            if (column.of == Of::kVariant) {
                put(values, column, goal);
            } else {
                put_attribute(values, variant.at("attributes"), column.name,
                              to_wire(column.type, goal));
            }
        }
    }
    return out;
}

// An active template may have inactive variants, an inactive one has no others.
void Change::activate_variants(const Record& now, bool active) {
    for (const auto& variant : now.variants()) {
        if (variant.at("active") != active) of_variants_[key_of(variant)]["active"] = active;
    }
}

Change Change::back(const Setup& setup, const Record& now, const Record& before) {
    Change out;
    const auto is = now.template_content();
    const auto was = before.template_content();
    for (const auto& column : setup.columns) {
        if (column.of != Of::kTemplate || is.at(column.name) == was.at(column.name)) continue;
        out.of_template_[column.name] = before.row().at(column.name);
        if (!column.unit) continue;
        const auto& unit = before.row().at(column.name + "_uom.");
        out.of_template_[column.name + "_uom"] = unit.is_null() ? unit : unit.at("id");
    }
    for (std::size_t i = 0; i < now.variants().size(); ++i) {
        const auto& variant = now.variants()[i];
        const auto& old = before.variants()[i];
        json values = json::object();
        for (const auto& column : setup.columns) {
            if (column.path == kActive && variant.at("active") != old.at("active")) {
                values["active"] = old.at("active");
            }
            if (column.of == Of::kTemplate || Record::value_of_variant(column, variant) ==
                                                  Record::value_of_variant(column, old)) {
                continue;
            }
            if (column.of == Of::kVariant) {
                values[column.name] = old.at(column.name);
            } else {
                const auto& attributes = old.at("attributes");
                put_attribute(
                    values, variant.at("attributes"), column.name,
                    attributes.is_object() ? attributes.value(column.name, json()) : json());
                if (values["attributes"].empty() && attributes.is_null()) {
                    values["attributes"] = nullptr;
                }
            }
        }
        if (!values.empty()) out.of_variants_[key_of(variant)] = values;
    }
    return out;
}

json Change::values() const {
    auto out = of_template_;
    for (const auto& [id, values] : of_variants_.items()) {
        out["products"].push_back({"write", json::array({std::stoll(id)}), values});
    }
    return out;
}

json new_product(const Setup& setup, const std::string& id_attribute, const std::string& id,
                 const json& wanted) {
    auto of_template = setup.constants.at("template");
    auto of_variant = setup.constants.at("product");
    auto attributes = setup.constants.at("attributes");
    for (const auto& [path, value] : wanted.items()) {
        if (value.is_null()) continue;
        const auto& column = setup.column(path);
        if (column.of == Of::kTemplate) put(of_template, column, value);
        if (column.of == Of::kVariant) put(of_variant, column, value);
        if (column.of == Of::kAttributes) attributes[column.name] = to_wire(column.type, value);
        if (path == kActive) of_variant["active"] = value;
    }
    if (!id_attribute.empty()) attributes[id_attribute] = id;
    // Tryton lets no two active products have one code: a second of the same is refused.
    if (!of_template.contains("code")) of_template["code"] = id;
    if (!attributes.empty()) of_variant["attributes"] = attributes;
    of_template["products"] = json::array({json::array({"create", json::array({of_variant})})});
    return of_template;
}

}  // namespace erp_tryton
