#include "columns.hpp"

#include <algorithm>

#include "mapping/decimal.hpp"
#include "mapping/nearest.hpp"
#include "wire.hpp"

namespace erp_tryton {
namespace {

struct Place {
    Column::Of of;
    const char* called;
    const json& fields;
};

std::optional<Place> place_of(const std::string& path, const Models& models) {
    if (path.starts_with("template.")) {
        return Place{Column::Of::kTemplate, "the product template", models.of_template};
    }
    if (path.starts_with("product.")) {
        return Place{Column::Of::kVariant, "the product variant", models.of_variant};
    }
    if (path.starts_with("attributes.")) {
        return Place{Column::Of::kAttributes, "the product attributes", models.attributes};
    }
    return std::nullopt;
}

// What is wrong, or nothing.
std::string find_unit(Column& column, const std::string& symbol, const Models& models) {
    if (column.of != Column::Of::kTemplate || symbol.empty() ||
        !models.of_template.contains(column.name + "_uom")) {
        return "";
    }
    const auto found = std::find_if(models.units.begin(), models.units.end(),
                                    [&](const Unit& unit) { return unit.symbol == symbol; });
    if (found == models.units.end()) return "Tryton has no unit with the symbol " + symbol;
    column.unit = *found;
    return "";
}

// digits are "[16, 4]" there, or have an expression that only a record has a value of.
void take_limits(Column& column, const json& field) {
    const auto size = field.value("size", json());
    if (size.is_number_unsigned()) column.size = size;
    const auto text = field.value("digits", json());
    const auto digits =
        text.is_string() ? json::parse(text.get<std::string>(), nullptr, false) : json();
    const bool fixed = digits.is_array() && digits.size() == 2 && digits[1].is_number_unsigned();
    if (column.type == "numeric" && fixed) column.decimals = digits[1];
}

std::string find(Column& column, const mapping::Field& field, const Models& models) {
    const auto place = place_of(column.path, models);
    if (!place) {
        return "found \"" + column.path +
               "\", expected template.NAME, product.NAME or attributes.NAME";
    }
    column.of = place->of;
    column.name = column.path.substr(column.path.find('.') + 1);
    const auto found = place->fields.find(column.name);
    if (found == place->fields.end()) {
        return std::string(place->called) + " has no \"" + column.name + '"' +
               did_you_mean(column.name, place->fields);
    }
    column.type = found->at("type");
    take_limits(column, *found);
    // Values that are listed are taken as Tryton has them, whatever their type.
    const bool simple = fits("string", column.type) || fits("boolean", column.type) ||
                        fits("integer", column.type) || fits("date", column.type);
    if (field.values.is_null() ? !fits(field.type, column.type) : !simple) {
        return column.path + " is of type " + column.type + ", which holds no " + field.type;
    }
    if (field.writable && found->value("readonly", false)) {
        return column.path + " cannot be written in Tryton; say \"writable\": false";
    }
    return find_unit(column, field.unit, models);
}

// As it is read.
json listed(const Column& column, const json& value) {
    if (column.type != "float" && column.type != "numeric") return value;
    const auto text = value.is_number()   ? decimal_of(value)
                      : value.is_string() ? value.get<std::string>()
                                          : "";
    const auto decimal = mapping::canonical_decimal(text);
    return decimal ? json(*decimal) : value;
}

}  // namespace

json completed(json source, const std::vector<Column>& columns) {
    for (auto& [name, field] : source.at("fields").items()) {
        const auto column = std::find_if(
            columns.begin(), columns.end(),
            [&, path = field.at("to")](const Column& one) { return one.path == path; });
        if (column == columns.end()) continue;
        if (field.contains("values")) {
            for (auto& [ours, theirs] : field["values"].items()) theirs = listed(*column, theirs);
        } else if (column->size && !field.contains("max_length")) {
            field["max_length"] = *column->size;
        } else if (column->decimals && field.value("type", "") == "decimal" &&
                   !field.contains("decimals")) {
            field["decimals"] = *column->decimals;
        }
    }
    return source;
}

std::string did_you_mean(const std::string& name, const json& names) {
    std::string best;
    std::size_t least =
        std::max<std::size_t>(3, name.size() / 2) + 1;  // what is farther off is no help
    for (const auto& [known, unused] : names.items()) {
        if (const auto d = mapping::edits(name, known); d < least) {
            least = d;
            best = known;
        }
    }
    return best.empty() ? "" : ". Did you mean \"" + best + "\"?";
}

Columns columns_of(const mapping::Mapping& mapping, const Models& models) {
    Columns out;
    for (const auto& field : mapping.fields()) {
        Column column;
        column.path = field.theirs;
        const auto mistake = find(column, field, models);
        if (mistake.empty()) {
            out.all.push_back(std::move(column));
        } else {
            out.mistakes.emplace_back(field.ours, mistake);
        }
    }
    return out;
}

}  // namespace erp_tryton
