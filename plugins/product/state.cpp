// The state of a product: loaded by one query per table, replaced by the difference of two states.
#include "state.hpp"

#include <algorithm>
#include <map>

#include "sql/sha256.hpp"

namespace catalogue {

namespace {

// Parents first. What products share is not among them.
constexpr const Table* kOwned[] = {&kProduct,      &kOption,        &kOptionValue,
                                   &kVariant,      &kVariantOption, &kImage,
                                   &kVariantImage, &kTagLink,       &kCategoryLink};

constexpr std::size_t kVersionDigits = 16;

using ByKey = std::map<std::string, const json*>;

ByKey by_key(const Table& table, const json& rows) {
    ByKey index;
    for (const auto& row : rows) index.emplace(key_of(table, row), &row);
    return index;
}

// Nulls are left out, so that a column added later changes no tag.
json content_of(const json& row) {
    json content = json::object();
    for (const auto& [name, value] : row.items()) {
        if (!value.is_null() && name != "updated_at" && name != "version") content[name] = value;
    }
    return content;
}

}  // namespace

std::vector<const json*> differing(const Table& table, const json& rows, const json& others) {
    const ByKey known = by_key(table, others);
    std::vector<const json*> found;
    for (const auto& row : rows) {
        const auto other = known.find(key_of(table, row));
        if (other == known.end() || *other->second != row) found.push_back(&row);
    }
    return found;
}

json load_state(soci::session& sql, const std::string& id) {
    json state = json::object();
    const auto add = [&](const Table& table, const std::string& column, const std::string& order) {
        Selection chosen;
        chosen.tail = "WHERE " + column + " = " + chosen.put(id) + " ORDER BY " + order;
        state[table.name] = select(sql, table, chosen);
    };
    const auto add_in = [&](const Table& table, const std::string& column, const std::string& from,
                            const std::string& order) {
        Selection chosen;
        chosen.tail =
            "WHERE " + column + " IN (" + from + " = " + chosen.put(id) + ") ORDER BY " + order;
        state[table.name] = select(sql, table, chosen);
    };
    add(kProduct, "id", "id");
    if (state.at(kProduct.name).empty()) return nullptr;
    add(kOption, "product_id", "id");
    add_in(kOptionValue, "option_id", "SELECT id FROM product_option WHERE product_id", "id");
    add(kVariant, "product_id", "variant_rank, id");
    add_in(kVariantOption, "variant_id", "SELECT id FROM product_variant WHERE product_id",
           "variant_id, option_value_id");
    add(kImage, "product_id", "rank, id");
    add_in(kVariantImage, "variant_id", "SELECT id FROM product_variant WHERE product_id",
           "variant_id, image_id");
    add(kTagLink, "product_id", "product_tag_id");
    add_in(kTag, "id", "SELECT product_tag_id FROM product_tags WHERE product_id", "id");
    add(kCategoryLink, "product_id", "product_category_id");
    add_in(kType, "id", "SELECT type_id FROM product WHERE id", "id");
    add_in(kCollection, "id", "SELECT collection_id FROM product WHERE id", "id");
    return state;
}

const json& rows_of(const json& state, const Table& table) {
    static const json kNone = json::array();
    return state.contains(table.name) ? state.at(table.name) : kNone;
}

json version_of(const json& state) {
    if (state.is_null()) return nullptr;
    json content = json::object();
    for (const auto* table : kOwned) {
        std::vector<std::string> lines;
        for (const auto& row : rows_of(state, *table)) lines.push_back(content_of(row).dump());
        std::sort(lines.begin(), lines.end());
        if (!lines.empty()) content[table->name] = lines;
    }
    return plugin_sql::sha256_hex(content.dump()).substr(0, kVersionDigits);
}

// All removals come first: two variants may swap their SKUs.
void replace(soci::session& sql, const json& before, const json& after) {
    for (auto table = std::rbegin(kOwned); table != std::rend(kOwned); ++table) {
        const Table& t = **table;
        for (const auto* row : differing(t, rows_of(before, t), rows_of(after, t))) {
            remove(sql, t, *row);
        }
    }
    for (const auto* table : kOwned) {
        insert_all(sql, *table, differing(*table, rows_of(after, *table), rows_of(before, *table)));
    }
}

void add_new(soci::session& sql, const std::vector<json>& states) {
    for (const auto* table : kOwned) {
        std::vector<const json*> rows;
        for (const auto& state : states) {
            for (const auto& row : rows_of(state, *table)) rows.push_back(&row);
        }
        insert_all(sql, *table, rows);
    }
}

}  // namespace catalogue
