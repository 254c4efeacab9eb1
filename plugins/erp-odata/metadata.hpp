// What a service says of itself in $metadata (EDMX), as far as a connector needs it.
#pragma once

#include <gantry/error.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace erp_odata {

constexpr const char* kGuid = "Edm.Guid";

struct Property {
    std::string type;  // "Edm.String"
    std::optional<std::size_t> max_length;
    std::optional<std::size_t> scale;
    bool nullable = true;
    std::optional<std::size_t> precision{};

    bool is_text() const { return type == "Edm.String"; }
    /// Whether its values are kept as canonical decimals.
    bool is_decimal() const;
    bool is_integer() const;
    /// Whether its values are kept as days: of V2 those that have no time of day.
    bool is_day() const { return type == "Edm.Date" || type == "Edm.DateTime"; }
};

struct EntityType {
    std::vector<std::string> keys;
    std::map<std::string, Property> properties;
    std::map<std::string, std::string> navigations;  // to the name of a type

    std::vector<std::string> property_names() const;
};

struct Metadata {
    int version = 4;                          // of OData: 2 or 4
    std::map<std::string, EntityType> types;  // without their namespaces
    std::map<std::string, std::string> sets;  // entity set to the name of its type

    /// Null: no such set.
    const EntityType* of_set(const std::string& set) const;
    /// The entity set of a type; empty: there is none.
    std::string set_of(const std::string& type) const;
};

/// Throws Error CONFIG for what is no EDMX.
Metadata read_metadata(const std::string& edmx);

}  // namespace erp_odata
