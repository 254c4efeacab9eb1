// Whatever Medusa would do besides is done here too, so that its answer can be held against this.
#include "target.hpp"

#include <algorithm>
#include <functional>
#include <set>

#include "content.hpp"
#include "refuse_ids.hpp"

namespace product_medusa {
namespace {

json merged(json metadata, const json& given) {
    if (given.is_null()) return nullptr;
    for (const auto& [key, value] : given.items()) {
        if (metadata.is_null()) metadata = json::object();
        if (value == "") {
            metadata.erase(key);
        } else {
            metadata[key] = value;
        }
    }
    return metadata;
}

json sorted(const json& ids) {
    const auto set = ids.get<std::set<std::string>>();
    return set;
}

std::string text(const json& row, const char* name) { return row.at(name).get<std::string>(); }

json take(json& rows, const std::function<bool(const json& row)>& which) {
    const auto found = std::find_if(rows.begin(), rows.end(), which);
    if (found == rows.end()) return nullptr;
    json row = *found;
    rows.erase(found);
    return row;
}

// Medusa makes an image again under the id it had, but without metadata, and bound to no variant.
void refuse_loss(const json& removed) {
    for (const auto& image : removed) {
        if (image.at("variants").is_null() && image.value("metadata", json()).is_null()) continue;
        throw beyond("image " + text(image, "id") +
                     " is bound to variants or has metadata, which Medusa's admin API could not "
                     "bring back; remove it in Medusa");
    }
}

json target_images(json now, const json& given) {
    json out = json::array();
    for (const auto& image : given) {
        const auto key = image.contains("id") ? "id" : "url";
        auto row = take(now, [&](const json& other) { return other.at(key) == image.at(key); });
        if (row.is_null() && image.contains("id")) {
            throw invalid_data("the product has no image " + text(image, "id"));
        }
        const auto metadata = row.is_null() ? json() : row.value("metadata", json());
        if (image.value("metadata", metadata) != metadata) {
            throw beyond("Medusa's admin API does not write the metadata of images");
        }
        row["url"] = image.at("url");
        row["rank"] = out.size();
        out.push_back(std::move(row));
    }
    refuse_loss(now);
    return out;
}

// Medusa changes them by requests of their own, apart from the product.
void require_options(const json& now, const json& given) {
    refuse_ids(given, "options");
    const auto differs = [&] {
        if (now.size() != given.size()) return true;
        return !std::all_of(given.begin(), given.end(), [&](const json& option) {
            return std::any_of(now.begin(), now.end(), [&](const json& other) {
                std::set<std::string> values;
                for (const auto& value : other.at("values")) values.insert(text(value, "value"));
                return other.at("title") == option.at("title") &&
                       option.at("values").get<std::set<std::string>>() == values;
            });
        });
    };
    if (differs()) {
        throw beyond("Medusa changes the options of a product apart from it; change them there");
    }
}

template <typename Fits>
void fill_in(json& rows, const json& made, const Fits& fits_it) {
    std::set<std::string> known;
    for (const auto& row : rows) known.insert(row.value("id", ""));
    for (auto& row : rows) {
        if (row.contains("id")) continue;
        for (const auto& other : made) {
            if (!fits_it(other, row) || !known.insert(text(other, "id")).second) continue;
            row = other;
            break;
        }
    }
}

}  // namespace

void lay_over(json& row, const json& given) {
    for (const auto& [name, value] : given.items()) {
        if (name == "metadata") {
            row[name] = merged(row.value(name, json()), value);
        } else if (name == "options") {
            for (const auto& [option, chosen] : value.items()) row[name][option] = chosen;
        } else {
            row[name] = value;
        }
    }
}

bool fits(const json& row, const json& given) {
    auto with = row;
    lay_over(with, given);
    return with == row;
}

json target_of(const json& now, const json& data) {
    json own = json::object();
    for (const auto& [name, value] : data.items()) {
        if (!is_relation(name) && !name.ends_with("_ids")) own[name] = value;
    }
    auto out = now;
    lay_over(out, own);
    if (data.value("is_giftcard", false)) out["discountable"] = false;  // as Medusa has it
    if (data.contains("tag_ids")) out["tags"] = sorted(data.at("tag_ids"));
    if (data.contains("category_ids")) out["categories"] = sorted(data.at("category_ids"));
    if (data.contains("images")) {
        out["images"] = target_images(now.at("images"), data.at("images"));
    }
    if (data.contains("options")) require_options(now.at("options"), data.at("options"));
    if (data.contains("variants")) {
        out["variants"] = target_variants(now.at("variants"), data.at("variants"));
    }
    return out;
}

json with_made(json target, const json& content) {
    fill_in(target.at("images"), content.at("images"), [](const json& made, const json& row) {
        return made.at("url") == row.at("url") && made.at("rank") == row.at("rank");
    });
    fill_in(target.at("variants"), content.at("variants"), fits);
    auto& variants = target.at("variants");
    std::sort(variants.begin(), variants.end(),
              [](const json& a, const json& b) { return a.value("id", "") < b.value("id", ""); });
    return target;
}

}  // namespace product_medusa
