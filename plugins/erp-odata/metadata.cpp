// Elements are found by their names without prefix: V2 and V4 differ in namespaces, and in where
// the target of a navigation is said.
#include "metadata.hpp"

#include <algorithm>
#include <array>
#include <pugixml.hpp>
#include <string_view>

namespace erp_odata {
namespace {

using pugi::xml_node;

std::string_view local(const xml_node& node) {
    const std::string_view name = node.name();
    const auto colon = name.find(':');
    return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

template <typename Body>
void each(const xml_node& parent, std::string_view name, Body body) {
    for (const auto& child : parent.children()) {
        if (local(child) == name) body(child);
    }
}

// "Product" of "Collection(SAP__self.Product)".
std::string type_name(std::string_view text) {
    if (const auto open = text.find('('); open != std::string_view::npos) {
        text = text.substr(open + 1, text.find(')') - open - 1);
    }
    const auto dot = text.rfind('.');
    return std::string(dot == std::string_view::npos ? text : text.substr(dot + 1));
}

std::optional<std::size_t> size_of(const xml_node& node, const char* attribute) {
    const auto value = node.attribute(attribute);
    const std::string_view text = value.value();
    const bool number = !text.empty() && text.find_first_not_of("0123456789") == text.npos;
    return number ? std::optional<std::size_t>(value.as_uint()) : std::nullopt;  // "max"
}

// In V4 a decimal without a scale has none; in V2 nothing is said of it.
Property property_of(const xml_node& node, int version) {
    Property out;
    out.type = node.attribute("Type").value();
    out.max_length = size_of(node, "MaxLength");
    out.scale = size_of(node, "Scale");
    out.precision = size_of(node, "Precision");
    const bool whole = version == 4 && out.type == "Edm.Decimal";
    if (whole && node.attribute("Scale").empty()) out.scale = 0;
    out.nullable = std::string_view(node.attribute("Nullable").value()) != "false";
    return out;
}

// V2: the end of an association by its role.
using Ends = std::map<std::string, std::string>;  // "association/role" to type

EntityType type_of(const xml_node& node, const Ends& ends, int version) {
    EntityType out;
    each(node, "Key", [&](const xml_node& key) {
        each(key, "PropertyRef",
             [&](const xml_node& ref) { out.keys.emplace_back(ref.attribute("Name").value()); });
    });
    each(node, "Property", [&](const xml_node& property) {
        out.properties[property.attribute("Name").value()] = property_of(property, version);
    });
    each(node, "NavigationProperty", [&](const xml_node& navigation) {
        auto target = type_name(navigation.attribute("Type").value());
        if (target.empty()) {
            const auto end = ends.find(type_name(navigation.attribute("Relationship").value()) +
                                       "/" + navigation.attribute("ToRole").value());
            if (end != ends.end()) target = end->second;
        }
        out.navigations[navigation.attribute("Name").value()] = target;
    });
    return out;
}

void add_base(Metadata& out, const std::string& name,
              const std::map<std::string, std::string>& bases, int depth) {
    constexpr int kDeepest = 20;
    const auto base = bases.find(name);
    if (base == bases.end() || depth > kDeepest || !out.types.contains(base->second)) return;
    add_base(out, base->second, bases, depth + 1);
    const auto& from = out.types.at(base->second);
    auto& to = out.types.at(name);
    to.properties.insert(from.properties.begin(), from.properties.end());
    to.navigations.insert(from.navigations.begin(), from.navigations.end());
    if (to.keys.empty()) to.keys = from.keys;
}

}  // namespace

bool Property::is_decimal() const {
    return type == "Edm.Decimal" || type == "Edm.Double" || type == "Edm.Single";
}

bool Property::is_integer() const {
    constexpr std::array<std::string_view, 5> kIntegers = {"Edm.Byte", "Edm.SByte", "Edm.Int16",
                                                           "Edm.Int32", "Edm.Int64"};
    return std::find(kIntegers.begin(), kIntegers.end(), type) != kIntegers.end();
}

std::vector<std::string> EntityType::property_names() const {
    std::vector<std::string> out;
    for (const auto& [name, unused] : properties) out.push_back(name);
    return out;
}

const EntityType* Metadata::of_set(const std::string& set) const {
    const auto name = sets.find(set);
    if (name == sets.end()) return nullptr;
    const auto type = types.find(name->second);
    return type == types.end() ? nullptr : &type->second;
}

std::string Metadata::set_of(const std::string& type) const {
    const auto found =
        std::find_if(sets.begin(), sets.end(), [&](const auto& one) { return one.second == type; });
    return found == sets.end() ? "" : found->first;
}

Metadata read_metadata(const std::string& edmx) {
    pugi::xml_document document;
    const auto parsed = document.load_buffer(edmx.data(), edmx.size());
    const auto root = document.document_element();
    if (!parsed || local(root) != "Edmx") {
        throw gantry::Error(GANTRY_E_CONFIG,
                            "$metadata: found no EDMX; expected the root of an OData service as "
                            "\"url\"",
                            GANTRY_EF_NOT_APPLIED);
    }
    Metadata out;
    out.version = std::string_view(root.attribute("Version").value()).starts_with('4') ? 4 : 2;
    Ends ends;
    std::map<std::string, std::string> bases;
    const auto each_schema = [&](const auto& body) {
        each(root, "DataServices",
             [&](const xml_node& services) { each(services, "Schema", body); });
    };
    each_schema([&](const xml_node& schema) {
        each(schema, "Association", [&](const xml_node& association) {
            each(association, "End", [&](const xml_node& end) {
                ends[std::string(association.attribute("Name").value()) + "/" +
                     end.attribute("Role").value()] = type_name(end.attribute("Type").value());
            });
        });
    });
    each_schema([&](const xml_node& schema) {
        each(schema, "EntityType", [&](const xml_node& type) {
            const std::string name = type.attribute("Name").value();
            out.types[name] = type_of(type, ends, out.version);
            if (const auto base = type.attribute("BaseType")) {
                bases[name] = type_name(base.value());
            }
        });
        each(schema, "EntityContainer", [&](const xml_node& container) {
            each(container, "EntitySet", [&](const xml_node& set) {
                out.sets[set.attribute("Name").value()] =
                    type_name(set.attribute("EntityType").value());
            });
        });
    });
    for (const auto& [name, unused] : bases) add_base(out, name, bases, 0);
    return out;
}

}  // namespace erp_odata
