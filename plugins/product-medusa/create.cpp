// createProducts: one write for each. Medusa lets no two products have one handle, and by it an
// attempt whose reply was lost is found again.
#include "body.hpp"
#include "connector.hpp"
#include "content.hpp"
#include "query.hpp"
#include "refuse_ids.hpp"
#include "target.hpp"
#include "view.hpp"

namespace product_medusa {
namespace {

// In the words of Medusa's admin API.
json creation_of(const json& given) {
    json out = json::object();
    for (const auto& [name, value] : given.items()) {
        if (name == "tag_ids") {
            out["tags"] = links_of(value);
        } else if (name == "category_ids") {
            out["categories"] = links_of(value);
        } else {
            out[name] = value;
        }
    }
    if (!out.contains("variants")) return out;
    for (auto& variant : out.at("variants")) variant.emplace("prices", json::array());
    return out;
}

// Whether there is all that is given.
bool made_as(const json& product, json given) {
    if (given.contains("variants")) {
        // Those of a new product have no ids yet.
        if (product.at("variants").size() != given.at("variants").size()) return false;
    }
    const auto content = content_of(product);
    try {
        return body_of(content, target_of(content, given)).empty();
    } catch (const Error&) {
        return false;
    }
}

}  // namespace

json Connector::create(gantry::Call& call, const json& input) {
    check_relations(input);
    json out = json::array();
    try {
        for (const auto& product : input.at("products")) {
            out.push_back(viewed(create_one(call, product, out.size()), input, true));
        }
    } catch (const Error& e) {
        if (out.empty()) throw;
        throw e.with_flags(GANTRY_EF_MAYBE_APPLIED);
    }
    return out;
}

json Connector::create_one(const gantry::Call& call, const json& given, std::size_t n) const {
    if (given.contains("id")) {
        throw beyond("Medusa gives products their ids; leave out \"id\": " + given.at("id").dump());
    }
    for (const auto* name : {"images", "options", "variants"}) {
        if (given.contains(name)) refuse_ids(given.at(name), name);
    }
    const auto data = by_id(call, given);
    try {
        const auto made = server_.create(call, creation_of(data), std::to_string(n));
        return row_of(made, version_of(content_of(made, true)));
    } catch (const Error& e) {
        if (e.code() != GANTRY_E_INVALID_DATA) throw;
        // By title where Medusa makes the handle of it.
        const auto by = data.contains("handle") ? "handle" : "title";
        const auto there = server_.list(call, pair_of(by, data.at(by)));
        for (const auto& product : there.products) {
            if (made_as(product, data)) return row_of(product, version_of(content_of(product)));
        }
        throw Error(e);
    }
}

}  // namespace product_medusa
