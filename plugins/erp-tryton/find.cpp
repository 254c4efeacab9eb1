// Which product of theirs is ours: by the attribute that holds our id, by a code that is our id, by
// a code that is one of ref.skus, in this order. One request.
#include <algorithm>
#include <set>

#include "connector.hpp"

namespace erp_tryton {
namespace {

using gantry::Error;

std::set<std::string> skus_of(const json& input) {
    std::set<std::string> out;
    const auto ref = input.value("ref", json::object());
    for (const auto& sku : ref.value("skus", json::array())) {
        out.insert(sku.get<std::string>());
    }
    out.erase("");
    return out;
}

// 0 for a product that our id names; larger, the less certain it is.
int rank(const Record& record, const std::string& attribute, const std::string& id) {
    const auto& variants = record.variants();
    const auto any = [&](const auto& holds) {
        return std::any_of(variants.begin(), variants.end(), holds);
    };
    const bool by_attribute = !attribute.empty() && any([&](const json& variant) {
        const auto& attributes = variant.at("attributes");
        return attributes.is_object() && attributes.value(attribute, json()) == id;
    });
    if (by_attribute) return 0;
    const bool by_code = record.row().at("code") == id ||
                         any([&](const json& variant) { return variant.at("code") == id; });
    return by_code ? 1 : 2;
}

}  // namespace

std::vector<Record> Connector::search(const gantry::Call& call, const Setup& setup,
                                      const json& domain, json context) {
    constexpr int kMost = 50;
    context["active_test"] = false;
    const auto rows = server_.call(call, "model.product.template.search_read",
                                   {domain, 0, kMost, nullptr, Record::field_names(setup), context},
                                   Effect::kReads);
    std::vector<Record> out;
    for (const auto& row : rows) out.emplace_back(setup, row);
    return out;
}

std::optional<Record> Connector::find(const gantry::Call& call, const Setup& setup, long long id,
                                      const json& context) {
    const auto found = search(call, setup, json::array({{"id", "=", id}}), context);
    return found.empty() ? std::nullopt : std::optional(found.front());
}

std::optional<Record> Connector::find(const gantry::Call& call, const Setup& setup,
                                      const json& input) {
    const std::string id = input.at("id");
    const auto& attribute = prepare_.id_attribute();
    auto codes = skus_of(input);
    codes.insert(id);
    json domain = {"OR", {"code", "=", id}, {"products.code", "in", codes}};
    if (!attribute.empty()) domain.push_back({"products.attributes." + attribute, "=", id});
    const auto found = search(call, setup, domain, setup.context);
    for (int wanted = 0; wanted <= 2; ++wanted) {
        const Record* first = nullptr;
        for (const auto& record : found) {
            if (rank(record, attribute, id) != wanted) continue;
            if (first != nullptr) {
                throw Error(GANTRY_E_CONFIG,
                            "product " + id + " may be template " + std::to_string(first->id()) +
                                " or " + std::to_string(record.id()) +
                                " in Tryton; take its id or SKU from one of them",
                            GANTRY_EF_NOT_APPLIED);
            }
            first = &record;
        }
        if (first != nullptr) return *first;
    }
    return std::nullopt;
}

}  // namespace erp_tryton
