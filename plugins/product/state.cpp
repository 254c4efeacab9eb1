// The state of products: loaded by one query per table, replaced by the difference of two states.
#include "state.hpp"

#include <algorithm>
#include <map>

#include "sql/sha256.hpp"

namespace catalogue {

namespace {

// Parents first. Tags, types and collections are shared between products and not among them.
constexpr const Table* kOwned[] = {&kProduct,       &kOption, &kOptionValue, &kVariant,
                                   &kVariantOption, &kImage,  &kTagLink};

constexpr std::size_t kVersionDigits = 16;

using ByKey = std::map<std::string, const json*>;

ByKey by_key(const Table& table, const json& rows) {
    ByKey index;
    for (const auto& row : rows) index.emplace(key_of(table, row), &row);
    return index;
}

// The rows of `rows` that `others` has not, or has otherwise.
std::vector<const json*> differing(const Table& table, const json& rows, const json& others) {
    const ByKey known = by_key(table, others);
    std::vector<const json*> found;
    for (const auto& row : rows) {
        const auto other = known.find(key_of(table, row));
        if (other == known.end() || *other->second != row) found.push_back(&row);
    }
    return found;
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

const Relations& all_relations() {
    static const Relations kAll{"collection", "images", "options", "tags", "type", "variants"};
    return kAll;
}

json load(soci::session& sql, const Selection& chosen, const Relations& relations) {
    const auto wanted = [&](const char* name) { return relations.count(name) > 0; };
    const auto from = [&](const char* column) {
        return std::string("(SELECT ") + column + " FROM product " + chosen.tail + ")";
    };
    json state = json::object();
    const auto add = [&](const Table& table, const std::string& tail) {
        state[table.name] = select(sql, table, {tail, chosen.values});
    };
    const std::string of_products = "WHERE product_id IN " + from("id");

    add(kProduct, chosen.tail);
    if (wanted("options") || wanted("variants")) {
        const std::string options = "(SELECT id FROM product_option " + of_products + ")";
        add(kOption, of_products + " ORDER BY id");
        add(kOptionValue, "WHERE option_id IN " + options + " ORDER BY id");
    }
    if (wanted("variants")) {
        const std::string variants = "(SELECT id FROM product_variant " + of_products + ")";
        add(kVariant, of_products + " ORDER BY variant_rank, id");
        add(kVariantOption,
            "WHERE variant_id IN " + variants + " ORDER BY variant_id, option_value_id");
    }
    if (wanted("images")) add(kImage, of_products + " ORDER BY rank, id");
    if (wanted("tags")) {
        const std::string tags = "(SELECT product_tag_id FROM product_tags " + of_products + ")";
        add(kTagLink, of_products + " ORDER BY product_id, product_tag_id");
        add(kTag, "WHERE id IN " + tags + " ORDER BY id");
    }
    if (wanted("type")) add(kType, "WHERE id IN " + from("type_id") + " ORDER BY id");
    if (wanted("collection")) {
        add(kCollection, "WHERE id IN " + from("collection_id") + " ORDER BY id");
    }
    return state;
}

json load_state(soci::session& sql, const std::string& id) {
    Selection chosen;
    chosen.tail = "WHERE id = " + chosen.put(id);
    json state = load(sql, chosen, all_relations());
    return state.at(kProduct.name).empty() ? json() : state;
}

const json& rows_of(const json& state, const Table& table) {
    static const json kNone = json::array();
    return state.is_null() ? kNone : state.at(table.name);
}

json version_of(const json& state) {
    if (state.is_null()) return nullptr;
    json content = json::object();
    for (const auto& [table, rows] : state.items()) {
        std::vector<std::string> lines;
        for (const auto& row : rows) lines.push_back(content_of(row).dump());
        std::sort(lines.begin(), lines.end());
        if (!lines.empty()) content[table] = lines;
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
        for (const auto* row : differing(*table, rows_of(after, *table), rows_of(before, *table))) {
            insert(sql, *table, *row);
        }
    }
}

}  // namespace catalogue
