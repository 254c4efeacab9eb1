// What the fake host knows of the interfaces in sdk/interfaces, and of a plugin's manifest.
#pragma once

#include <gantry/json.hpp>

#include <map>
#include <optional>
#include <stdexcept>

namespace gantry::testing::detail {

using Methods = std::map<std::string, bool, std::less<>>;  // name → whether it writes

/// Of gantry.product/1: nine of each entity, and those of products alone.
inline Methods product_methods() {
    Methods all = {{"snapshotProduct", false},   {"restoreProduct", true},
                   {"listProductEvents", false}, {"backupTo", false},
                   {"addImageToVariant", true},  {"removeImageFromVariant", true}};
    for (const std::string one :
         {"Product", "ProductVariant", "ProductOption", "ProductOptionValue", "ProductImage",
          "ProductTag", "ProductType", "ProductCollection", "ProductCategory"}) {
        const auto many = one.ends_with('y') ? one.substr(0, one.size() - 1) + "ies" : one + "s";
        all["retrieve" + one] = false;
        for (const char* verb : {"list", "listAndCount"}) all[verb + many] = false;
        for (const char* verb : {"create", "update", "upsert", "delete", "softDelete", "restore"}) {
            all[verb + many] = true;
        }
    }
    return all;
}

/// Null: an interface of somebody's own.
inline const Methods* known_interface(std::string_view name) {
    static const Methods erp = {{"describe", false},
                                {"retrieveProductErpDetails", false},
                                {"updateProductErpData", true},
                                {"snapshotProduct", false},
                                {"restoreProduct", true},
                                {"createProductErpData", true},
                                {"listProductErpChanges", false},
                                {"backupTo", false}};
    static const Methods product = product_methods();
    if (name == "gantry.erp/1") return &erp;
    if (name == "gantry.product/1") return &product;
    return nullptr;
}

/// The entry of that name in one of the manifest's lists; null when there is none.
inline const json* entry_of(const json& manifest, const char* list, std::string_view name) {
    const auto found = manifest.find(list);
    if (found == manifest.end()) return nullptr;
    for (const auto& entry : *found) {
        if (entry.at("name") == name) return &entry;
    }
    return nullptr;
}

/// Whether that method of the plugin's own service writes. Throws logic_error when it has none.
inline bool own_method_writes(const json& manifest, std::string_view method) {
    const auto service = manifest.value("service", json::object());
    if (const auto* known = known_interface(service.value("interface", ""))) {
        if (const auto it = known->find(method); it != known->end()) return it->second;
    } else {
        const auto methods = service.value("methods", json::object());
        const auto it = methods.find(std::string(method));
        if (it != methods.end()) return *it != "read";
    }
    throw std::logic_error("the service of plugin " + manifest.value("id", "?") +
                           " has no method \"" + std::string(method) +
                           "\"; see \"service\" in its manifest");
}

}  // namespace gantry::testing::detail
