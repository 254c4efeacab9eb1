#include "deleted_rows.hpp"

#include <map>
#include <set>

#include "refusal.hpp"

namespace catalogue {

namespace {

using IdSet = std::set<std::string>;

IdSet ids_of(const json& rows) {
    IdSet ids;
    for (const auto& row : rows) ids.insert(row.at("id").get<std::string>());
    return ids;
}

bool has(const IdSet& ids, const json& row, const char* column) {
    return ids.contains(row.at(column).get<std::string>());
}

// Moves the rows for which `goes` from one array to the end of the other.
template <typename Goes>
void move_rows(json& from, json& to, const Goes& goes) {
    json stay = json::array();
    for (auto& row : from) (goes(row) ? to : stay).push_back(std::move(row));
    from = std::move(stay);
}

// A row that was made with the id of one that is deleted.
void refuse_taken(const Table& table, const IdSet& live, const json& deleted) {
    for (const auto& row : deleted) {
        if (has(live, row, "id")) throw exists_already(table, "id", row.at("id"));
    }
}

}  // namespace

json take_deleted(json& state) {
    json deleted = json::object();
    for (const auto* table :
         {&kOption, &kVariant, &kImage, &kOptionValue, &kVariantOption, &kVariantImage}) {
        deleted[table->name] = json::array();
    }
    for (const auto* table : {&kOption, &kVariant, &kImage}) {
        move_rows(state.at(table->name), deleted.at(table->name),
                  [](const json& row) { return !row.at("deleted_at").is_null(); });
    }
    const auto options = ids_of(deleted.at(kOption.name));
    move_rows(state.at(kOptionValue.name), deleted.at(kOptionValue.name), [&](const json& row) {
        return !row.at("deleted_at").is_null() || has(options, row, "option_id");
    });
    const auto variants = ids_of(deleted.at(kVariant.name));
    const auto values = ids_of(deleted.at(kOptionValue.name));
    move_rows(state.at(kVariantOption.name), deleted.at(kVariantOption.name), [&](const json& row) {
        return has(variants, row, "variant_id") || has(values, row, "option_value_id");
    });
    const auto images = ids_of(deleted.at(kImage.name));
    move_rows(state.at(kVariantImage.name), deleted.at(kVariantImage.name), [&](const json& row) {
        return has(variants, row, "variant_id") || has(images, row, "image_id");
    });
    return deleted;
}

void put_deleted(json& state, const json& deleted) {
    const auto put = [&](const Table& table, const auto& keep) {
        for (const auto& row : deleted.at(table.name)) {
            if (keep(row)) state.at(table.name).push_back(row);
        }
    };
    for (const auto* table : {&kOption, &kVariant, &kImage, &kOptionValue}) {
        refuse_taken(*table, ids_of(state.at(table->name)), deleted.at(table->name));
    }
    const auto all = [](const json&) { return true; };
    put(kOption, all);
    put(kVariant, all);
    put(kImage, all);
    const auto options = ids_of(state.at(kOption.name));
    put(kOptionValue, [&](const json& row) { return has(options, row, "option_id"); });
    const auto variants = ids_of(state.at(kVariant.name));
    std::map<std::string, std::string> option_of;
    for (const auto& row : state.at(kOptionValue.name)) {
        option_of.emplace(row.at("id").get<std::string>(), row.at("option_id").get<std::string>());
    }
    std::set<std::pair<std::string, std::string>> taken;  // variants and options
    const auto takes = [&](const json& row) {
        return taken
            .emplace(row.at("variant_id").get<std::string>(),
                     option_of.at(row.at("option_value_id").get<std::string>()))
            .second;
    };
    for (const auto& row : state.at(kVariantOption.name)) takes(row);
    put(kVariantOption, [&](const json& row) {
        return has(variants, row, "variant_id") &&
               option_of.contains(row.at("option_value_id").get<std::string>()) && takes(row);
    });
    const auto images = ids_of(state.at(kImage.name));
    put(kVariantImage, [&](const json& row) {
        return has(variants, row, "variant_id") && has(images, row, "image_id");
    });
}

}  // namespace catalogue
