// A given set replaces the whole set; a variant is known by its id, without one by being there as
// given: the same set again changes nothing. None is removed.
#include <algorithm>
#include <set>

#include "target.hpp"

namespace product_medusa {
namespace {

std::string joined(const std::set<std::string>& names) {
    std::string all;
    for (const auto& name : names) all += (all.empty() ? "" : ", ") + name;
    return all;
}

// Medusa makes it again under its id, but with other prices and without its stock.
void refuse_removal(const std::set<std::string>& left) {
    if (left.empty()) return;
    throw beyond("variants " + joined(left) +
                 " are not among the given ones and would be removed, which Medusa's admin API "
                 "could not take back; give their ids, or remove them in Medusa");
}

}  // namespace

json target_variants(const json& now, const json& given) {
    std::set<std::string> left;
    for (const auto& row : now) left.insert(row.at("id").get<std::string>());
    std::set<std::string> unknown;
    for (const auto& variant : given) {
        if (!variant.contains("id")) continue;
        const auto id = variant.at("id").get<std::string>();
        if (left.erase(id) == 0) unknown.insert(id);
    }
    if (!unknown.empty()) {
        throw invalid_data("Cannot update non-existing variants with ids: " + joined(unknown));
    }

    json out = json::array();
    const auto add = [&](const std::string& id, const json& variant) {
        const auto row = std::find_if(now.begin(), now.end(),
                                      [&](const json& other) { return other.at("id") == id; });
        out.push_back(*row);
        lay_over(out.back(), variant);
    };
    for (const auto& variant : given) {
        if (variant.contains("id")) {
            add(variant.at("id"), variant);
            continue;
        }
        const auto same = std::find_if(now.begin(), now.end(), [&](const json& row) {
            return left.contains(row.at("id").get<std::string>()) && fits(row, variant);
        });
        if (same == now.end()) {
            out.push_back(variant);
        } else {
            left.erase(same->at("id").get<std::string>());
            out.push_back(*same);
        }
    }
    refuse_removal(left);
    std::sort(out.begin(), out.end(),
              [](const json& a, const json& b) { return a.value("id", "") < b.value("id", ""); });
    return out;
}

}  // namespace product_medusa
