#include "site.hpp"

#include "fit.hpp"
#include "keeps.hpp"

#include <gantry/url.hpp>

namespace erp_odata {
namespace {

using gantry::Error;

json chosen(const json& source, int version) {
    return source.is_null() ? json::parse(version == 2 ? kSapV2 : kSapV4, nullptr, true, true)
                            : source;
}

// What there is instead of null.
json initial_of(const Property& property) {
    if (property.is_text()) return "";
    if (property.is_decimal()) return "0";
    if (property.is_integer()) return 0;
    return property.type == "Edm.Boolean" ? json(false) : json();
}

}  // namespace

Site::Site(const json& source, const std::string& edmx, std::string place)
    : place_(std::move(place)),
      metadata_(read_metadata(edmx)),
      protocol_(protocol_of(metadata_.version)),
      source_(chosen(source, metadata_.version)),
      layout_(source_),
      mapping_(fitted(source_, layout_, metadata_), Layout::keys()),
      product_(metadata_.of_set(layout_.entity_set)) {
    if (!place_.empty() && !place_.ends_with('/')) place_ += '/';
    if (!layout_.text_navigation.empty()) {
        const auto& type = product_->navigations.at(layout_.text_navigation);
        text_ = &metadata_.types.at(type);
        text_set_ = metadata_.set_of(type);
    }
    for (const auto& field : mapping_.fields()) {
        const auto text = text_property(field.theirs);
        (text.empty() ? own_ : texts_).insert(text.empty() ? field.theirs : text);
    }
    for (const auto& [name, unit] : layout_.units.items()) {
        if (own_.contains(name)) own_.insert(unit.begin().key());
    }
    if (!layout_.mark.empty()) own_.insert(layout_.mark);
}

const Property& Site::property(const std::string& path) const {
    const auto text = text_property(path);
    return text.empty() ? product_->properties.at(path) : text_->properties.at(text);
}

std::string Site::path(const std::string& set, const EntityType& type, const json& key) const {
    std::string out;
    for (const auto& name : type.keys) {
        const auto literal = protocol_->key_literal(key.at(name), type.properties.at(name));
        out += (out.empty() ? "" : ",") + (type.keys.size() == 1 ? "" : name + "=") +
               gantry::url_escaped(literal);
    }
    return place_ + set + "(" + out + ")";
}

std::string Site::product_path(const std::string& key) const {
    const auto value = canonical(key, product_->properties.at(layout_.key));
    return path(layout_.entity_set, *product_, {{layout_.key, value}});
}

bool Site::makes_keys() const { return product_->properties.at(layout_.key).type == kGuid; }

std::string Site::selection() const {
    auto names = own_;
    for (const auto& name : {layout_.key, layout_.id, layout_.changed_by}) {
        if (!name.empty()) names.insert(name);
    }
    std::string all;
    for (const auto& name : names) all += (all.empty() ? "" : ",") + name;
    return protocol_->selection(all, layout_.text_navigation);
}

json Site::to_ours(const json& values) const {
    json shown = json::object();
    for (const auto& field : mapping_.fields()) {
        const auto& path = field.theirs;
        if (!fits_unit(values, path)) continue;
        const auto& value = values.at(path);
        const bool nothing_means_something =
            field.values.is_object() && std::any_of(field.values.begin(), field.values.end(),
                                                    [](const json& one) { return one == ""; });
        if (is_empty(value, property(path))) {
            shown[path] = nothing_means_something ? json("") : json();
        } else {
            shown[path] = protocol_->shown(value, property(path));
        }
    }
    return mapping_.to_ours(shown);
}

json Site::to_theirs(const json& data, json& ignored) const {
    auto out = mapping_.to_theirs(data, ignored);
    for (const auto& field : mapping_.fields()) {
        const auto value = out.find(field.theirs);
        if (value == out.end() || value->is_null()) continue;
        *value = canonical(*value, property(field.theirs));
        require_kept(field.ours, data.at(field.ours), property(field.theirs), *value);
    }
    return out;
}

json Site::changes(const json& values, const json& wanted) const {
    json out = json::object();
    for (const auto& [path, value] : wanted.items()) {
        const auto& there = property(path);
        auto to = value;
        const json& now = values.at(path);
        if (to == protocol_->shown(now, there)) continue;
        if (is_empty(to, there) && is_empty(now, there)) continue;
        if (!to.is_null()) require_all_shown(path, now);
        if (to.is_null() && !there.nullable && text_property(path).empty()) to = initial_of(there);
        out[path] = to;
        const auto unit = layout_.units.find(path);
        if (unit == layout_.units.end() || is_empty(to, there)) continue;
        const auto& name = unit->begin().key();
        const auto& meant = unit->begin().value();
        if (!fits_unit(values, path)) {
            const auto* field = mapping_.of_theirs(path);
            throw Error(GANTRY_E_REJECTED,
                        field->ours + ": " + path + " is in " + values.at(name).dump() +
                            " there, the mapping means " + meant.dump() +
                            "; change the unit there, or map another field",
                        GANTRY_EF_NOT_APPLIED,
                        {{"field", field->ours}, {"found", values.at(name)}, {"expected", meant}});
        }
        if (values.at(name) != meant) out[name] = meant;
    }
    return out;
}

void Site::require_all_shown(const std::string& path, const json& now) const {
    const auto shown = protocol_->shown(now, property(path));
    if (shown == now) return;
    const auto& ours = mapping_.of_theirs(path)->ours;
    throw Error(GANTRY_E_REJECTED,
                ours + ": " + path + " is " + now.dump() + " there, which is more than " +
                    shown.dump() + " and would be lost; clear it, or map another field",
                GANTRY_EF_NOT_APPLIED, {{"field", ours}, {"found", now}, {"expected", shown}});
}

bool Site::fits_unit(const json& values, const std::string& path) const {
    const auto unit = layout_.units.find(path);
    if (unit == layout_.units.end()) return true;
    const auto& now = values.at(unit->begin().key());
    return now.is_null() || now == "" || now == *unit->begin();
}

bool Site::is_empty(const json& value, const Property& property) const {
    if (value.is_null() || value == "") return true;
    return !property.nullable && !value.is_boolean() && value == initial_of(property);
}

}  // namespace erp_odata
