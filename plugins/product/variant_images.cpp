#include "variant_images.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "find.hpp"
#include "product_write.hpp"
#include "refusal.hpp"

namespace catalogue {

namespace {

json listed(const json& pairs) { return pairs.is_array() ? pairs : json::array({pairs}); }

// The pairs, by the product of their variants; of a variant that is none they are left out.
std::map<std::string, json> by_product(const Write& write, const json& pairs) {
    std::map<std::string, json> grouped;
    for (const auto& pair : listed(pairs)) {
        const json row =
            find_one(write.sql, kVariants, pair.at("variant_id").get<std::string>(), {});
        if (row.is_null()) continue;
        const auto product = row.at("product_id").get<std::string>();
        grouped.try_emplace(product, json::array()).first->second.push_back(pair);
    }
    return grouped;
}

std::set<std::string> ids_of(const json& rows, bool deleted) {
    std::set<std::string> ids;
    for (const auto& row : rows) {
        if (deleted || row.at("deleted_at").is_null()) ids.insert(row.at("id").get<std::string>());
    }
    return ids;
}

std::set<std::string> keys_of(const json& pairs) {
    std::set<std::string> keys;
    for (const auto& pair : pairs) keys.insert(key_of(kVariantImage, pair));
    return keys;
}

template <typename Stays>
void keep(json& pairs, const Stays& stays) {
    json kept = json::array();
    std::copy_if(pairs.begin(), pairs.end(), std::back_inserter(kept), stays);
    pairs = std::move(kept);
}

}  // namespace

json add_images(const Write& write, const json& pairs) {
    for (const auto& pair : listed(pairs)) {
        retrieve(write.sql, kVariants, pair.at("variant_id").get<std::string>(), {});
    }
    for (const auto& [product, given] : by_product(write, pairs)) {
        edit(write, product, [&, &added = given](json& state) {
            const auto images = ids_of(state.at(kImage.name), false);
            auto& all = state.at(kVariantImage.name);
            auto known = keys_of(all);
            for (const auto& pair : added) {
                const auto image = pair.at("image_id").get<std::string>();
                if (!images.contains(image)) {
                    throw invalid_data("The product of variant " +
                                       pair.at("variant_id").get<std::string>() +
                                       " has no image with id " + image);
                }
                if (known.insert(key_of(kVariantImage, pair)).second) all.push_back(pair);
            }
        });
    }
    return pairs;
}

json remove_images(const Write& write, const json& pairs) {
    for (const auto& [product, given] : by_product(write, pairs)) {
        edit(write, product, [gone = keys_of(given)](json& state) {
            keep(state.at(kVariantImage.name),
                 [&](const json& pair) { return !gone.contains(key_of(kVariantImage, pair)); });
        });
    }
    return pairs;
}

void settle_images(json& state) {
    const auto variants = ids_of(state.at(kVariant.name), true);
    const auto images = ids_of(state.at(kImage.name), true);
    keep(state.at(kVariantImage.name), [&](const json& pair) {
        return variants.contains(pair.at("variant_id").get<std::string>()) &&
               images.contains(pair.at("image_id").get<std::string>());
    });
}

}  // namespace catalogue
