// Medusa lists rows in any order: sorted, equal products look equal.
#include "view.hpp"

#include <algorithm>
#include <set>

#include "content.hpp"

namespace product_medusa {
namespace {

std::set<std::string> tops(const json& input, const char* name, const json& row) {
    std::set<std::string> out;
    for (const auto& path : input.value(name, json::array())) {
        auto top = path.get<std::string>();
        top = top.substr(0, top.find('.'));
        if (!row.contains(top)) throw invalid_data(std::string(name) + ": a product has no " + top);
        out.insert(top);
    }
    return out;
}

void sort_by(json& rows, const char* name) {
    const auto key = [&](const json& row) {
        return std::pair(row.value(name, json()), row.value("id", json()));
    };
    std::sort(rows.begin(), rows.end(),
              [&](const json& a, const json& b) { return key(a) < key(b); });
}

}  // namespace

json row_of(json product, const json& version) {
    sort_by(product.at("images"), "rank");
    sort_by(product.at("variants"), "variant_rank");
    for (auto& variant : product.at("variants")) {
        for (const char* name : {"images", "options", "prices"}) sort_by(variant.at(name), "id");
    }
    for (const char* name : {"options", "tags", "categories", "sales_channels"}) {
        sort_by(product.at(name), "id");
    }
    for (auto& option : product.at("options")) sort_by(option.at("values"), "id");
    product["version"] = version;
    return product;
}

void check_relations(const json& input) {
    for (const auto& path : input.value("relations", json::array())) {
        const auto name = path.get<std::string>();
        if (!is_relation(name.substr(0, name.find('.')))) {
            throw invalid_data("relations: a product has no " + name);
        }
    }
}

json viewed(const json& row, const json& input, bool all_relations) {
    const auto fields = tops(input, "select", row);
    const auto relations = tops(input, "relations", row);
    const bool every = all_relations && !input.contains("relations");
    json out = json::object();
    for (const auto& [name, value] : row.items()) {
        const bool named = fields.contains(name) || relations.contains(name);
        const bool unnamed = is_relation(name) ? every : fields.empty() || name == "id";
        if (named || unnamed) out[name] = value;
    }
    return out;
}

}  // namespace product_medusa
