#include "columns.hpp"

#include <algorithm>

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

}  // namespace

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
