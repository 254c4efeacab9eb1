// Arrays are sorted by id: the order in which Medusa lists rows is nobody's.
#include "content.hpp"

#include <algorithm>
#include <set>

#include "sql/sha256.hpp"

namespace product_medusa {
namespace {

constexpr std::size_t kVersionDigits = 16;

const std::set<std::string> kRelations = {"categories", "collection", "images",   "options",
                                          "tags",       "type",       "variants", "sales_channels"};
const std::set<std::string> kTimes = {"created_at", "updated_at", "deleted_at"};

// The fields of one row, without times and these.
json fields_of(const json& row, const std::set<std::string>& besides) {
    json out = json::object();
    for (const auto& [name, value] : row.items()) {
        if (!kTimes.contains(name) && !besides.contains(name)) out[name] = value;
    }
    return out;
}

json sorted_by_id(json rows) {
    std::sort(rows.begin(), rows.end(),
              [](const json& a, const json& b) { return a.at("id") < b.at("id"); });
    return rows;
}

std::set<std::string> ids_of(const json& rows) {
    std::set<std::string> ids;
    for (const auto& row : rows) {
        if (!row.is_null()) ids.insert(row.at("id").get<std::string>());
    }
    return ids;
}

// Medusa shows an image that belongs to all with each variant, one that is bound with its own.
json images_of(const json& product) {
    const auto& variants = product.at("variants");
    json out = json::array();
    for (const auto& image : product.at("images")) {
        json bound = json::array();
        for (const auto& variant : variants) {
            if (ids_of(variant.at("images")).contains(image.at("id").get<std::string>())) {
                bound.push_back(variant.at("id"));
            }
        }
        json one = fields_of(image, {"product_id"});
        std::sort(bound.begin(), bound.end());
        one["variants"] = bound.size() == variants.size() ? json() : bound;
        out.push_back(std::move(one));
    }
    std::sort(out.begin(), out.end(), [](const json& a, const json& b) {
        return std::pair(a.at("rank"), a.at("id")) < std::pair(b.at("rank"), b.at("id"));
    });
    return out;
}

json options_of(const json& product) {
    json out = json::array();
    for (const auto& option : product.at("options")) {
        json one = fields_of(option, {"values"});
        one["values"] = json::array();
        for (const auto& value : option.at("values")) {
            one["values"].push_back(fields_of(value, {"option_id"}));
        }
        one["values"] = sorted_by_id(one.at("values"));
        out.push_back(std::move(one));
    }
    return sorted_by_id(out);
}

json variants_of(const json& product) {
    json out = json::array();
    for (const auto& variant : product.at("variants")) {
        json one = fields_of(variant, {"product_id", "images", "options", "prices"});
        one["options"] = json::object();
        for (const auto& value : variant.at("options")) {
            one["options"][value.at("option").at("title").get<std::string>()] = value.at("value");
        }
        one["prices"] = json::array();
        for (const auto& price : variant.at("prices")) {
            one["prices"].push_back(fields_of(price, {"variant_id"}));
        }
        one["prices"] = sorted_by_id(one.at("prices"));
        out.push_back(std::move(one));
    }
    return sorted_by_id(out);
}

}  // namespace

bool is_relation(const std::string& name) { return kRelations.contains(name); }

json content_of(const json& product, bool wrote) {
    try {
        json out = fields_of(product, kRelations);
        out["tags"] = ids_of(product.at("tags"));
        out["categories"] = ids_of(product.at("categories"));
        out["sales_channels"] = ids_of(product.at("sales_channels"));
        out["images"] = images_of(product);
        out["options"] = options_of(product);
        out["variants"] = variants_of(product);
        return out;
    } catch (const json::exception& e) {
        throw Error(GANTRY_E_UNAVAILABLE,
                    std::string("an answer that is no product of Medusa 2.21: ") + e.what(),
                    wrote ? GANTRY_EF_MAYBE_APPLIED : GANTRY_EF_NOT_APPLIED);
    }
}

json version_of(const json& content) {
    if (content.is_null()) return nullptr;
    return plugin_sql::sha256_hex(content.dump()).substr(0, kVersionDigits);
}

}  // namespace product_medusa
