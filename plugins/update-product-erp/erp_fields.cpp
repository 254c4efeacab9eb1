#include "erp_fields.hpp"

#include <gantry/json.hpp>

#include <algorithm>

#include "mapping/nearest.hpp"

namespace catalog_sync {

namespace {

using gantry::json;

gantry::Error refused(const std::string& message, const std::string& field) {
    return {GANTRY_E_INVALID_DATA,
            "erp: " + message,
            GANTRY_EF_NOT_APPLIED,
            {{"field", "erp." + field}}};
}

}  // namespace

void require_erp_fields(const gantry::Service& erp, const json& input) {
    const auto given = input.find("erp");
    if (given == input.end() || given->empty()) return;
    std::vector<std::string> writable;
    const json described = erp.call("describe", json::object());
    for (const auto& field : described.at("fields")) {
        if (field.at("writable").get<bool>()) writable.push_back(field.at("name"));
    }
    for (const auto& [name, value] : given->items()) {
        if (std::find(writable.begin(), writable.end(), name) == writable.end()) {
            throw refused("the ERP has no field \"" + name + "\" to write" +
                              mapping::nearest_of(name, writable),
                          name);
        }
        const auto beside = input.find(name);
        if (beside != input.end() && *beside != value) {
            throw refused(name + " is " + value.dump() + " here and " + beside->dump() +
                              " beside it; give it once",
                          name);
        }
    }
}

}  // namespace catalog_sync
