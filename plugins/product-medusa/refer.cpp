// Types, collections and tags by name: they are looked up, and none is made, since an undo could
// not tell whether others use it by then.
#include <algorithm>

#include "connector.hpp"
#include "query.hpp"

namespace product_medusa {
namespace {

bool has_nul(const json& value) {
    if (value.is_string())
        return value.get_ref<const std::string&>().find('\0') != std::string::npos;
    if (!value.is_structured()) return false;
    return std::any_of(value.begin(), value.end(), has_nul);
}

void refuse_both(const json& data, const char* one, const char* other) {
    if (data.contains(one) && data.contains(other)) {
        throw invalid_data(std::string("both ") + one + " and " + other + " are given; give one");
    }
}

}  // namespace

json Connector::by_id(const gantry::Call& call, json data) const {
    if (has_nul(data)) throw invalid_data("PostgreSQL, and so Medusa, keeps no text with a NUL");
    const auto id_of = [&](const std::string& list, const std::string& name,
                           const std::string& field, const std::string& value) {
        for (const auto& row : server_.rows(call, list, name, pair_of(field, value))) {
            if (row.at(field) == value) return row.at("id");
        }
        throw invalid_data("Medusa has none of its " + list + " with " + field + " \"" + value +
                           "\"; make it there first");
    };
    const auto replace = [&](const char* name, const char* id, auto&& found) {
        refuse_both(data, name, id);
        const auto given = data.find(name);
        if (given == data.end()) return;
        const json value = *given;
        data.erase(given);
        data[id] = found(value);
    };
    replace("type", "type_id", [&](const json& type) {
        return type.is_null() ? json()
                              : id_of("product-types", "product_types", "value", type.at("value"));
    });
    replace("collection", "collection_id", [&](const json& one) {
        return one.is_null() ? json()
                             : id_of("collections", "collections", "title", one.at("title"));
    });
    replace("tags", "tag_ids", [&](const json& tags) {
        json ids = json::array();
        for (const auto& tag : tags) {
            ids.push_back(id_of("product-tags", "product_tags", "value", tag.at("value")));
        }
        return ids;
    });
    replace("categories", "category_ids", [&](const json& categories) {
        json ids = json::array();
        for (const auto& category : categories) ids.push_back(category.at("id"));
        return ids;
    });
    return data;
}

}  // namespace product_medusa
