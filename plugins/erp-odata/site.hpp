// A service whose $metadata was read, and the mapping that was found to fit it.
#pragma once

#include "layout.hpp"
#include "mapping/mapping.hpp"
#include "metadata.hpp"
#include "protocol.hpp"

#include <set>

namespace erp_odata {

/// Does not change once made. [any]
class Site {
public:
    /// `source` is a mapping file's content; null: the one built in for the service's version.
    /// `place` is the path below the service's root where its products are. Throws Error CONFIG,
    /// see fitted().
    Site(const json& source, const std::string& edmx, std::string place = "");

    const Layout& layout() const { return layout_; }
    const mapping::Mapping& mapping() const { return mapping_; }
    const Protocol& protocol() const { return *protocol_; }
    const EntityType& product() const { return *product_; }
    /// Null: the mapping has no texts.
    const EntityType* text() const { return text_; }
    const std::string& text_set() const { return text_set_; }

    /// The product's own properties that a snapshot holds: those mapped, their units, the mark.
    const std::set<std::string>& own() const { return own_; }
    /// The mapped properties of a text.
    const std::set<std::string>& texts() const { return texts_; }

    /// Of a path of the mapping, or of a property of the product.
    const Property& property(const std::string& path) const;

    /// "Product('P1')" of an entity set and the values of its key.
    std::string path(const std::string& set, const EntityType& type, const json& key) const;
    /// "Product", of those that there are.
    std::string products_path() const { return place_ + layout_.entity_set; }
    std::string product_path(const std::string& key) const;
    /// Whether the service itself makes the keys of products: they are GUIDs.
    bool makes_keys() const;
    /// "$select=…&$expand=…" of what a record needs.
    std::string selection() const;

    /// Our fields of {path: value}. What has no value there is null; a number whose unit is
    /// another than the mapping means is left out.
    json to_ours(const json& values) const;
    /// {path: canonical value} of `data`, our fields; the names that nobody maps go into `ignored`.
    /// Throws Error REJECTED, NOT_APPLIED for what the service would not keep as it is.
    json to_theirs(const json& data, json& ignored) const;
    /// What has to change in `values` so that they are `wanted`, units included; where nothing
    /// has to it is empty. Throws Error REJECTED where the unit there is another, or the value
    /// there has a part that our field does not show.
    json changes(const json& values, const json& wanted) const;

private:
    void require_all_shown(const std::string& path, const json& now) const;
    bool fits_unit(const json& values, const std::string& path) const;
    bool is_empty(const json& value, const Property& property) const;

    std::string place_;  // ends with "/" where it is not empty
    Metadata metadata_;
    std::unique_ptr<const Protocol> protocol_;
    json source_;
    Layout layout_;
    mapping::Mapping mapping_;
    const EntityType* product_;
    const EntityType* text_ = nullptr;
    std::string text_set_;
    std::set<std::string> own_;
    std::set<std::string> texts_;
};

/// The mapping files built in.
extern const char* const kSapV2;
extern const char* const kSapV4;

}  // namespace erp_odata
