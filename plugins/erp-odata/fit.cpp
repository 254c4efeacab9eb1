#include "fit.hpp"

#include "keeps.hpp"
#include "mapping/mapping.hpp"
#include "mapping/nearest.hpp"

#include <algorithm>

namespace erp_odata {
namespace {

using mapping::nearest_of;

std::vector<std::string> names_of(const std::map<std::string, std::string>& map) {
    std::vector<std::string> out;
    for (const auto& [name, unused] : map) out.push_back(name);
    return out;
}

bool fits(const mapping::Field& field, const Property& theirs) {
    const bool flags =
        field.values.is_object() && std::all_of(field.values.begin(), field.values.end(),
                                                [](const json& v) { return v.is_boolean(); });
    const auto& ours = flags ? std::string("boolean") : field.type;
    if (ours == "integer") return theirs.is_integer() || theirs.is_decimal();
    if (ours == "decimal") return theirs.is_decimal();
    if (ours == "boolean") return theirs.type == "Edm.Boolean";
    if (ours == "date") return theirs.is_day();
    return theirs.is_text() || theirs.type == kGuid;
}

class Check {
public:
    Check(const Layout& layout, const Metadata& metadata) : layout_(layout), metadata_(metadata) {
        product_ = metadata.of_set(layout.entity_set);
        if (product_ == nullptr) {
            add("entity_set", "the service has no entity set \"" + layout.entity_set + "\"" +
                                  nearest_of(layout.entity_set, names_of(metadata.sets)));
            return;
        }
        check_text();
        const auto* key = has(*product_, "key", layout.key);
        if (key != nullptr && key->type == kGuid && layout.id.empty()) {
            add("id", "is missing: the service makes the keys of " + layout.entity_set +
                          " itself, so our product's id needs a property there");
        }
        // Anything else would be written as it came, beside what it is part of.
        if (key != nullptr && !key->is_text() && key->type != kGuid) {
            is_not("a text or a GUID", "key", layout.key, *key);
        }
        if (product_->keys.size() != 1 || product_->keys.front() != layout.key) {
            std::string keys;
            for (const auto& one : product_->keys) keys += (keys.empty() ? "" : ", ") + one;
            add("key", "the key of " + layout.entity_set + " is " + keys);
        }
        const auto* id = named("id", layout.id);
        if (id != nullptr && !id->is_text()) is_not("a text", "id", layout.id, *id);
        named("changed_by", layout.changed_by);
        const auto* mark = named("remove.mark", layout.mark);
        if (mark != nullptr && mark->type != "Edm.Boolean") {
            is_not("a boolean", "remove.mark", layout.mark, *mark);
        }
        for (const auto& [name, unit] : layout.units.items()) {
            has(*product_, "units", name);
            const auto* property = has(*product_, "units." + name, unit.begin().key());
            if (property != nullptr) takes("units." + name, *property, unit.begin().value());
        }
    }

    void constants(const json& all) {
        if (product_ == nullptr) return;
        for (const auto& [name, value] : all.items()) {
            const auto* property = has(*product_, "constants", name);
            if (property != nullptr) takes("constants." + name, *property, value);
        }
    }

    // Completes `source`, what the file says of the field.
    void field(const mapping::Field& f, json& source) {
        if (product_ == nullptr) return;
        const auto text = text_property(f.theirs);
        const auto* owner = text.empty() ? product_ : text_;
        if (owner == nullptr) {
            return add(f.ours, "\"" + f.theirs + R"(" needs "text", where the texts are)");
        }
        const auto* property = has(*owner, f.ours, text.empty() ? f.theirs : text);
        if (property == nullptr) return;
        if (text.empty() && (f.theirs == layout_.key || f.theirs == layout_.id)) {
            return add(f.ours, "\"" + f.theirs + "\" says which product it is, and is no field");
        }
        for (const auto& [ours, theirs] : f.values.items()) {
            takes(f.ours + ".values." + ours, *property, theirs);
            source["values"][ours] = canonical(theirs, *property);
        }
        if (!fits(f, *property)) return is_not(f.type, f.ours, f.theirs, *property);
        if (!f.max_length) {
            if (property->is_text() && property->max_length) {
                source["max_length"] = *property->max_length;
            }
        } else if (property->max_length && *f.max_length > *property->max_length) {
            add(f.ours + ".max_length", "found " + std::to_string(*f.max_length) + ", \"" +
                                            f.theirs + "\" takes at most " +
                                            std::to_string(*property->max_length));
        }
        if (f.type != "decimal" || !property->scale) return;
        if (!f.decimals) source["decimals"] = *property->scale;
        if (f.decimals.value_or(0) > *property->scale) {
            add(f.ours + ".decimals", "found " + std::to_string(*f.decimals) + ", \"" + f.theirs +
                                          "\" keeps at most " + std::to_string(*property->scale));
        }
    }

    void end() const {
        if (!mistakes_.empty())
            throw gantry::Error(GANTRY_E_CONFIG, mistakes_, GANTRY_EF_NOT_APPLIED);
    }

private:
    void check_text() {
        if (layout_.text_navigation.empty()) return;
        const auto found = product_->navigations.find(layout_.text_navigation);
        if (found == product_->navigations.end()) {
            return add("text.navigation",
                       "there is no \"" + layout_.text_navigation + "\"" +
                           nearest_of(layout_.text_navigation, names_of(product_->navigations)));
        }
        const auto type = metadata_.types.find(found->second);
        if (type == metadata_.types.end() || metadata_.set_of(found->second).empty()) {
            return add("text.navigation", "no entity set has what it leads to");
        }
        text_ = &type->second;
        has(*text_, "text.language", layout_.text_language);
    }

    void takes(const std::string& place, const Property& property, const json& value) {
        const bool plain = value.is_primitive() && !value.is_null();
        const auto expected = expected_by(property, canonical(value, property));
        if (plain && expected.empty()) return;
        add(place, "found " + value.dump() + ", the property is " + property.type +
                       (expected.empty() ? "" : ": expected " + expected));
    }

    const Property* has(const EntityType& type, const std::string& place, const std::string& name) {
        const auto found = type.properties.find(name);
        if (found != type.properties.end()) return &found->second;
        add(place, "there is no \"" + name + "\"" + nearest_of(name, type.property_names()));
        return nullptr;
    }

    // A property of the product that may be left out.
    const Property* named(const std::string& place, const std::string& name) {
        return name.empty() ? nullptr : has(*product_, place, name);
    }

    void is_not(const std::string& expected, const std::string& place, const std::string& name,
                const Property& property) {
        add(place, "\"" + name + "\" is " + property.type + ", not " + expected);
    }

    void add(const std::string& place, const std::string& what) {
        mistakes_ += (mistakes_.empty() ? "mapping." : "; mapping.") + place + ": " + what;
    }

    const Layout& layout_;
    const Metadata& metadata_;
    const EntityType* product_ = nullptr;
    const EntityType* text_ = nullptr;
    std::string mistakes_;
};

}  // namespace

json fitted(json source, const Layout& layout, const Metadata& metadata) {
    const mapping::Mapping mapping(source, Layout::keys());
    Check check(layout, metadata);
    check.constants(mapping.constants());
    for (const auto& field : mapping.fields()) {
        check.field(field, source.at("fields").at(field.ours));
    }
    check.end();
    return source;
}

}  // namespace erp_odata
