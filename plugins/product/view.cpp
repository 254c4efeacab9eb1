// Products as the interface shows them: the rows of a state nested by their keys, each row once.
#include "view.hpp"

#include <unordered_map>

namespace catalogue {

namespace {

using Groups = std::unordered_map<std::string, json>;

const std::string& text(const json& row, const char* column) {
    return row.at(column).get_ref<const std::string&>();
}

Groups by_id(const json& rows) {
    Groups index;
    for (const auto& row : rows) index.emplace(text(row, "id"), row);
    return index;
}

json& of(Groups& groups, const std::string& owner) {
    return groups.try_emplace(owner, json::array()).first->second;
}

void add(Groups& groups, const char* owner_column, json item) {
    json& group = of(groups, text(item, owner_column));
    group.push_back(std::move(item));
}

json take(Groups& groups, const std::string& owner) {
    const auto found = groups.find(owner);
    return found == groups.end() ? json::array() : std::move(found->second);
}

Groups options_by_product(const json& state) {
    Groups values;
    for (const auto& row : state.at(kOptionValue.name)) add(values, "option_id", row);
    Groups options;
    for (json row : state.at(kOption.name)) {
        row["values"] = take(values, text(row, "id"));
        add(options, "product_id", std::move(row));
    }
    return options;
}

Groups variants_by_product(const json& state) {
    const Groups options = by_id(state.at(kOption.name));
    const Groups values = by_id(state.at(kOptionValue.name));
    Groups chosen;
    for (const auto& link : state.at(kVariantOption.name)) {
        json value = values.at(text(link, "option_value_id"));
        value["option"] = options.at(text(value, "option_id"));
        of(chosen, text(link, "variant_id")).push_back(std::move(value));
    }
    Groups variants;
    for (json row : state.at(kVariant.name)) {
        row["options"] = take(chosen, text(row, "id"));
        add(variants, "product_id", std::move(row));
    }
    return variants;
}

Groups tags_by_product(const json& state) {
    const Groups tags = by_id(state.at(kTag.name));
    Groups groups;
    for (const auto& link : state.at(kTagLink.name)) {
        of(groups, text(link, "product_id")).push_back(tags.at(text(link, "product_tag_id")));
    }
    return groups;
}

Groups images_by_product(const json& state) {
    Groups groups;
    for (const auto& row : state.at(kImage.name)) add(groups, "product_id", row);
    return groups;
}

}  // namespace

json products_of(const json& state, const Relations& relations) {
    json products = state.at(kProduct.name);
    const auto nest = [&](const char* relation, Groups (*group)(const json&)) {
        if (relations.count(relation) == 0) return;
        Groups groups = group(state);
        for (auto& product : products) product[relation] = take(groups, text(product, "id"));
    };
    const auto refer = [&](const char* relation, const Table& table, const char* column) {
        if (relations.count(relation) == 0) return;
        const Groups rows = by_id(state.at(table.name));
        for (auto& product : products) {
            product[relation] =
                product.at(column).is_null() ? json() : rows.at(text(product, column));
        }
    };
    nest("options", options_by_product);
    nest("variants", variants_by_product);
    nest("tags", tags_by_product);
    nest("images", images_by_product);
    refer("type", kType, "type_id");
    refer("collection", kCollection, "collection_id");
    return products;
}

json product_view(const json& state) { return products_of(state, all_relations()).at(0); }

}  // namespace catalogue
