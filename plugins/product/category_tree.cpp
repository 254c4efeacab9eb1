// Paths are texts: what is below a category begins with its path.
#include "category_tree.hpp"

#include <algorithm>

#include "find.hpp"
#include "refusal.hpp"

namespace catalogue {

namespace {

json siblings_of(const Write& write, const json& parent, const json& besides) {
    Selection chosen;
    chosen.tail = parent.is_null() ? "WHERE parent_category_id IS NULL"
                                   : "WHERE parent_category_id = " + chosen.put(parent);
    chosen.tail += " AND id <> " + chosen.put(besides) + " ORDER BY rank, id";
    return select(write.sql, kCategory, chosen);
}

// Gives `rows` their ranks in this order; writes those that had another.
void number(const Write& write, json rows) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (rows[i].at("rank") == i) continue;
        rows[i]["rank"] = i;
        rewrite(write.sql, kCategory, rows[i]);
    }
}

std::string path_of(const Write& write, const json& row) {
    const auto id = row.at("id").get<std::string>();
    const json& parent = row.at("parent_category_id");
    if (parent.is_null()) return id + ".";
    const json above = find_one(write.sql, kCategories, parent.get<std::string>(), {});
    if (above.is_null()) {
        throw not_found("ProductCategory with id: " + parent.get<std::string>() + " was not found");
    }
    const auto path = above.at("mpath").get<std::string>();
    if (("." + path).find("." + id + ".") != std::string::npos) {
        throw invalid_data("Category " + id + " cannot stand below itself");
    }
    return path + id + ".";
}

}  // namespace

json rows_below(const Write& write, const json& row) {
    const auto path = row.at("mpath").get<std::string>();
    auto end = path;
    ++end.back();  // "." becomes "/": the first text that does not begin with the path
    Selection chosen;
    chosen.tail = "WHERE mpath > " + chosen.put(path);
    chosen.tail += " AND mpath < " + chosen.put(end) + " ORDER BY mpath";
    return select(write.sql, kCategory, chosen);
}

void hang(const Write& write, json row, const json& before, bool ranked) {
    row["mpath"] = path_of(write, row);
    const bool moved =
        before.is_null() || before.at("parent_category_id") != row.at("parent_category_id");
    json siblings = siblings_of(write, row.at("parent_category_id"), row.at("id"));
    const auto last = static_cast<long long>(siblings.size());
    const auto wanted = moved && !ranked ? last : row.at("rank").get<long long>();
    const auto place = std::clamp(wanted, 0LL, last);
    row["rank"] = place;
    if (!before.is_null()) {
        for (auto& below : rows_below(write, before)) {
            below["mpath"] = row.at("mpath").get<std::string>() +
                             below.at("mpath").get<std::string>().substr(
                                 before.at("mpath").get<std::string>().size());
            rewrite(write.sql, kCategory, below);
        }
        remove(write.sql, kCategory, before);
        if (moved) number(write, siblings_of(write, before.at("parent_category_id"), row.at("id")));
    }
    insert(write.sql, kCategory, row);
    siblings.insert(siblings.begin() + place, row);
    number(write, std::move(siblings));
}

void close_gap(const Write& write, const json& row) {
    number(write, siblings_of(write, row.at("parent_category_id"), row.at("id")));
}

}  // namespace catalogue
