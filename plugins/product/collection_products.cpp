#include "collection_products.hpp"

#include <set>

#include "find.hpp"
#include "product_write.hpp"
#include "refusal.hpp"

namespace catalogue {

namespace {

std::set<std::string> listed(const json& ids) {
    if (!ids.is_array()) {
        throw invalid_data("product_ids is " + ids.dump() + "; it takes a list, [] to clear it");
    }
    return ids.get<std::set<std::string>>();
}

}  // namespace

void set_products(const Write& write, const std::string& collection, const json& ids) {
    const auto wanted = listed(ids);
    const auto put = [&](const std::string& id, const json& value) {
        edit(write, id, [&](json& state) { product_of(state)["collection_id"] = value; });
    };
    const json members = {{"filters", {{"collection_id", collection}}}, {"select", {"id"}}};
    for (const auto& product : find(write.sql, kProducts, members)) {
        const auto id = product.at("id").get<std::string>();
        if (!wanted.contains(id)) put(id, nullptr);
    }
    for (const auto& id : wanted) put(id, collection);
}

}  // namespace catalogue
