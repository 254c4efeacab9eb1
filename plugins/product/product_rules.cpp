// The rules of createProducts and updateProducts: given replaces, absent stays, null clears, a
// given set replaces the whole set. Creating is laying the data over an empty product.
#include "product_rules.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "deleted_rows.hpp"
#include "handle.hpp"
#include "new_id.hpp"
#include "refusal.hpp"
#include "shared_rows.hpp"
#include "variant_images.hpp"
#include "variant_rules.hpp"

namespace catalogue {

namespace {

constexpr const char* kRelationFields[] = {
    "categories", "category_ids", "collection", "collection_id", "images",  "options",
    "tag_ids",    "tags",         "type",       "type_id",       "variants"};
constexpr const char* kStatuses[] = {"draft", "proposed", "published", "rejected"};

bool is_relation(const std::string& field) {
    return std::count(std::begin(kRelationFields), std::end(kRelationFields), field) > 0;
}

void check_fields(const json& product) {
    const auto handle = product.at("handle").get<std::string>();
    if (!is_handle(handle)) {
        throw invalid_data("Invalid product handle '" + handle +
                           "'. It must contain URL safe characters");
    }
    const auto status = product.at("status").get<std::string>();
    if (std::count(std::begin(kStatuses), std::end(kStatuses), status) == 0) {
        throw invalid_data("status is '" + status +
                           "'; it is draft, proposed, published or rejected");
    }
    if (product.at("title") == "") throw invalid_data("Product title is required");
}

void apply_fields(json& product, const json& data, bool is_new) {
    json fields = json::object();
    for (const auto& [name, value] : data.items()) {
        if (!is_relation(name)) fields[name] = value;
    }
    assign(kProduct, product, fields, is_new);
    if (fields.value("is_giftcard", false)) product["discountable"] = false;
}

json given_values(const json& items, const char* field) {
    json values = json::array();
    for (const auto& item : items) {
        for (const auto& [name, value] : item.items()) {
            if (name != field || !value.is_string()) {
                throw invalid_data("found {\"" + name + "\": " + value.dump() + "}; expected {\"" +
                                   field + "\": \"...\"}");
            }
        }
        values.push_back(item.at(field));
    }
    return values;
}

void refuse_both(const json& data, const char* one, const char* other) {
    if (data.contains(one) && data.contains(other)) {
        throw invalid_data(std::string("both ") + one + " and " + other + " are given; give one");
    }
}

// type / type_id, collection / collection_id.
void apply_reference(const Write& write, json& state, const json& data, const Table& table,
                     const char* name, const char* column) {
    const std::string id_field = std::string(name) + "_id";
    refuse_both(data, name, id_field.c_str());
    json rows;
    if (data.contains(id_field)) {
        const json& id = data.at(id_field);
        rows = id.is_null() ? json::array() : find_by_ids(write, table, json::array({id}));
        if (!id.is_null() && rows.empty()) {
            throw not_found("You tried to set relationship " + id_field + ": " +
                            id.get<std::string>() + ", but such entity does not exist");
        }
    } else if (data.contains(name)) {
        const json& given = data.at(name);
        const json values =
            given.is_null() ? json::array() : given_values(json::array({given}), column);
        rows = find_or_make(write, table, column, values);
    } else {
        return;
    }
    product_of(state)[id_field] = rows.empty() ? json() : rows.at(0).at("id");
    state[table.name] = std::move(rows);
}

json links_to(const json& state, const json& rows, const char* column) {
    json links = json::array();
    for (const auto& row : rows) {
        links.push_back({{"product_id", product_of(state).at("id")}, {column, row.at("id")}});
    }
    return links;
}

// Every one of `ids`, or `absent` says of the first that is not there.
json found_by_ids(const Write& write, const Table& table, const json& ids,
                  const std::function<std::string(const std::string&)>& absent) {
    json rows = find_by_ids(write, table, ids);
    std::set<std::string> found;
    for (const auto& row : rows) found.insert(row.at("id").get<std::string>());
    for (const auto& id : ids) {
        const auto text = id.get<std::string>();
        if (!found.contains(text)) throw invalid_data(absent(text));
    }
    return rows;
}

void apply_tags(const Write& write, json& state, const json& data) {
    refuse_both(data, "tags", "tag_ids");
    json tags;
    if (data.contains("tag_ids")) {
        tags = found_by_ids(write, kTag, data.at("tag_ids"), [](const std::string& id) {
            return "Tag with id " + id +
                   " not found. Please create the tag before associating it with the product.";
        });
    } else if (data.contains("tags")) {
        tags = find_or_make(write, kTag, "value", given_values(data.at("tags"), "value"));
    } else {
        return;
    }
    state[kTagLink.name] = links_to(state, tags, "product_tag_id");
    state[kTag.name] = std::move(tags);
}

// A category is made by itself: what it is called does not say where it hangs.
void apply_categories(const Write& write, json& state, const json& data) {
    refuse_both(data, "categories", "category_ids");
    if (!data.contains("category_ids") && !data.contains("categories")) return;
    const json ids = data.contains("category_ids") ? data.at("category_ids")
                                                   : given_values(data.at("categories"), "id");
    const auto rows = found_by_ids(write, kCategory, ids, [](const std::string& id) {
        return "Category with id " + id +
               " not found. Please create the category before associating it with the product.";
    });
    state[kCategoryLink.name] = links_to(state, rows, "product_category_id");
}

// An image is known by its id, without one by its address: the same set again changes nothing.
void apply_images(const Write& write, json& state, const json& given, bool brings_ids) {
    std::map<std::string, json> by_id;
    std::multimap<std::string, std::string> by_url;
    for (const auto& row : state.at(kImage.name)) {
        const auto id = row.at("id").get<std::string>();
        by_id.emplace(id, row);
        by_url.emplace(row.at("url").get<std::string>(), id);
    }
    json images = json::array();
    for (const auto& item : given) {
        auto found = by_id.end();
        if (item.contains("id")) {
            found = by_id.find(item.at("id").get<std::string>());
            if (found == by_id.end() && !brings_ids) {
                throw invalid_data("Cannot update non-existing images with ids: " +
                                   item.at("id").get<std::string>());
            }
        } else if (const auto url = by_url.find(item.at("url").get<std::string>());
                   url != by_url.end()) {
            found = by_id.find(url->second);
            by_url.erase(url);
        }
        const bool is_new = found == by_id.end();
        const json before = is_new ? json() : found->second;
        json row =
            is_new ? new_row(kImage, new_id(write, kImage, item), write.request.now) : before;
        if (!is_new) by_id.erase(found);
        json fields = item;
        fields.erase("id");
        row["product_id"] = product_of(state).at("id");
        row["rank"] = images.size();
        assign(kImage, row, fields, is_new);
        if (!is_new && row != before) row["updated_at"] = write.request.now;
        images.push_back(std::move(row));
    }
    state[kImage.name] = std::move(images);
}

void apply_relations(const Write& write, json& state, const json& data, bool is_new) {
    for (const auto* set :
         {"categories", "category_ids", "images", "options", "tag_ids", "tags", "variants"}) {
        if (!data.contains(set) || data.at(set).is_array()) continue;
        throw invalid_data(std::string(set) + " is " + data.at(set).dump() +
                           "; it takes a list, [] to clear it");
    }
    apply_reference(write, state, data, kType, "type", "value");
    apply_reference(write, state, data, kCollection, "collection", "title");
    apply_tags(write, state, data);
    apply_categories(write, state, data);
    if (data.contains("images")) apply_images(write, state, data.at("images"), is_new);
    apply_variants_and_options(write, state, data, is_new);
    settle_images(state);
}

json empty_state(const Write& write, const std::string& id) {
    json state = json::object();
    for (const auto* table :
         {&kOption, &kOptionValue, &kVariant, &kVariantOption, &kImage, &kVariantImage, &kTagLink,
          &kCategoryLink, &kTag, &kType, &kCollection}) {
        state[table->name] = json::array();
    }
    json product = new_row(kProduct, id, write.request.now);
    product.update({{"is_giftcard", false}, {"status", "draft"}, {"discountable", true}});
    state[kProduct.name] = json::array({std::move(product)});
    return state;
}

}  // namespace

json created_state(const Write& write, json data) {
    const auto id = new_id(write, kProduct, data);
    data.erase("id");
    if (!data.contains("title")) throw invalid_data("Product title is required");
    json state = empty_state(write, id);
    json& product = product_of(state);
    apply_fields(product, data, true);
    if (!data.contains("handle")) {
        const std::string handle = to_handle(product.at("title").get<std::string>());
        product["handle"] = handle.empty() ? to_handle(write.ids.make("product")) : handle;
    }
    check_fields(product);
    apply_relations(write, state, data, true);
    const json& images = state.at(kImage.name);
    if (!data.contains("thumbnail") && !images.empty()) {
        product_of(state)["thumbnail"] = images.at(0).at("url");
    }
    return state;
}

void apply_changes(const Write& write, json& state, const json& data) {
    const json deleted = take_deleted(state);
    apply_fields(product_of(state), data, false);
    check_fields(product_of(state));
    apply_relations(write, state, data, false);
    put_deleted(state, deleted);
}

}  // namespace catalogue
