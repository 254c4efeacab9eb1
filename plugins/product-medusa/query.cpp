// Medusa reads nested names in brackets: created_at[$gt]=…, id[]=….
#include "query.hpp"

#include <gantry/url.hpp>

#include <map>

namespace product_medusa {
namespace {

// Ours, and theirs.
const std::map<std::string, std::string> kFilters = {{"q", "q"},
                                                     {"id", "id"},
                                                     {"title", "title"},
                                                     {"handle", "handle"},
                                                     {"status", "status"},
                                                     {"external_id", "external_id"},
                                                     {"is_giftcard", "is_giftcard"},
                                                     {"type_id", "type_id"},
                                                     {"collection_id", "collection_id"},
                                                     {"tags.id", "tag_id"},
                                                     {"categories.id", "category_id"},
                                                     {"variants.sku", "variants[sku]"},
                                                     {"variants.ean", "variants[ean]"},
                                                     {"variants.upc", "variants[upc]"},
                                                     {"variants.barcode", "variants[barcode]"},
                                                     {"created_at", "created_at"},
                                                     {"updated_at", "updated_at"}};

// Medusa wants lists of these.
bool is_list(const std::string& theirs) { return theirs == "status"; }

std::string text_of(const std::string& filter, const json& value) {
    if (value.is_string()) return value;
    if (value.is_boolean() || value.is_number()) return value.dump();
    throw invalid_data("filters." + filter + ": found " + value.dump() +
                       ", expected a text, or a list of texts");
}

std::string filter_query(const std::string& filter, const json& value) {
    const auto known = kFilters.find(filter);
    if (known == kFilters.end()) {
        std::string names;
        for (const auto& [ours, theirs] : kFilters) names += (names.empty() ? "" : ", ") + ours;
        throw invalid_data("Medusa does not filter by " + filter + ", but by " + names);
    }
    const auto& theirs = known->second;
    const bool is_time = theirs.ends_with("_at");
    if (value.is_object() && is_time) {
        std::string out;
        for (const auto& [op, limit] : value.items()) {
            if (op != "$gt" && op != "$gte" && op != "$lt" && op != "$lte") {
                throw invalid_data("filters." + filter + ": found " + op +
                                   ", expected $gt, $gte, $lt or $lte");
            }
            out += '&' + pair_of(theirs + '[' + op + ']', text_of(filter, limit));
        }
        return out;
    }
    if (value.is_array() || is_list(theirs)) {
        std::string out;
        const auto values = value.is_array() ? value : json::array({value});
        if (values.empty()) throw invalid_data("filters." + filter + ": found no value");
        for (const auto& one : values) out += '&' + pair_of(theirs + "[]", text_of(filter, one));
        return out;
    }
    return '&' + pair_of(theirs, text_of(filter, value));
}

std::string order_query(const json& order) {
    const auto one = order.is_array() && order.size() == 1 ? order.at(0) : order;
    if (!one.is_object() || one.size() != 1) throw invalid_data("Medusa orders by one field");
    const auto by = one.begin();
    return pair_of("order", (by.value() == "DESC" ? "-" : "") + by.key());
}

}  // namespace

std::string pair_of(const std::string& name, const std::string& value) {
    return gantry::url_escaped(name) + '=' + gantry::url_escaped(value);
}

std::string query_of(const json& input) {
    auto out = order_query(input.value("order", json{{"id", "ASC"}}));
    if (input.value("withDeleted", false)) out += "&with_deleted=true";
    const auto filters = input.value("filters", json::object());
    for (const auto& [filter, value] : filters.items()) out += filter_query(filter, value);
    return out;
}

}  // namespace product_medusa
