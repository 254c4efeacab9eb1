// Medusa merges a product's metadata and replaces a variant's.
#include "body.hpp"

#include <algorithm>

#include "content.hpp"

namespace product_medusa {
namespace {

// "" deletes a key; an empty object takes the place of all there is.
json metadata_body(const json& now, const json& target) {
    if (!target.is_object() || target.empty()) return target;
    json out = json::object();
    for (const auto& [key, value] : target.items()) {
        if (!now.is_object() || !now.contains(key) || now.at(key) != value) out[key] = value;
    }
    if (!now.is_object()) return out;
    for (const auto& [key, value] : now.items()) {
        if (!target.contains(key)) out[key] = "";
    }
    return out;
}

json images_body(const json& target) {
    json out = json::array();
    for (const auto& image : target) {
        out.push_back({{"url", image.at("url")}});
        if (image.contains("id")) out.back()["id"] = image.at("id");
    }
    return out;
}

// Where one variant names its options all have to: Medusa compares them, and fails otherwise.
void name_options(json& body, const json& target) {
    const bool named = std::any_of(body.begin(), body.end(),
                                   [](const json& one) { return one.contains("options"); });
    if (!named) return;
    for (std::size_t i = 0; i < body.size(); ++i) {
        if (target.at(i).contains("options")) body.at(i)["options"] = target.at(i).at("options");
    }
}

json variants_body(const json& now, const json& target) {
    json out = json::array();
    for (const auto& variant : target) {
        if (!variant.contains("id")) {
            out.push_back(variant);
            continue;
        }
        json one = {{"id", variant.at("id")}};
        const auto before = std::find_if(now.begin(), now.end(), [&](const json& other) {
            return other.at("id") == variant.at("id");
        });
        for (const auto& [name, value] : variant.items()) {
            if (before == now.end() || before->value(name, json()) != value) one[name] = value;
        }
        out.push_back(std::move(one));
    }
    name_options(out, target);
    return out;
}

}  // namespace

json links_of(const json& ids) {
    json out = json::array();
    for (const auto& id : ids) out.push_back({{"id", id}});
    return out;
}

json body_of(const json& now, const json& target) {
    json out = json::object();
    for (const auto& [name, value] : target.items()) {
        const auto before = now.value(name, json());
        if (before == value || name == "options") continue;
        if (name == "metadata") {
            out[name] = metadata_body(before, value);
        } else if (name == "images") {
            out[name] = images_body(value);
        } else if (name == "variants") {
            out[name] = variants_body(before, value);
        } else {
            out[name] = is_relation(name) ? links_of(value) : value;
        }
    }
    return out;
}

}  // namespace product_medusa
