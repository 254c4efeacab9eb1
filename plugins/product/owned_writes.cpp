// The rules are those of the product: a variant is added by giving all there are and the new one.
#include "owned_writes.hpp"

#include <map>
#include <set>

#include "deleted_rows.hpp"
#include "find.hpp"
#include "new_id.hpp"
#include "product_write.hpp"
#include "refusal.hpp"
#include "variant_images.hpp"
#include "variant_rules.hpp"

namespace catalogue {

namespace {

using IdSet = std::set<std::string>;

Wanted row_asked(const Entity& entity) {
    json input = json::object();
    if (&entity == &kVariants) input["relations"] = {"options"};
    if (&entity == &kOptions) input["relations"] = {"values"};
    return wanted_of(entity, input, {});
}

const char* parent_of(const Entity& entity) {
    return &entity == &kOptionValues ? "option_id" : "product_id";
}

const char* key_of(const Entity& entity) {
    if (&entity == &kVariants) return "variant_id";
    if (&entity == &kOptions) return "option_id";
    return &entity == &kOptionValues ? "option_value_id" : "image_id";
}

std::string product_of_parent(const Write& write, const Entity& entity, const std::string& parent) {
    if (&entity != &kOptionValues) return parent;
    return retrieve(write.sql, kOptions, parent, {}).at("product_id").get<std::string>();
}

// The ids that are there, by product.
std::map<std::string, IdSet> by_product(const Write& write, const Entity& entity, const json& ids,
                                        bool deleted) {
    std::map<std::string, IdSet> found;
    Wanted wanted;
    wanted.with_deleted = deleted;
    for (const auto& value : ids) {
        const auto id = value.get<std::string>();
        const json row = find_one(write.sql, entity, id, wanted);
        if (row.is_null()) continue;
        const auto parent = row.at(parent_of(entity)).get<std::string>();
        found[product_of_parent(write, entity, parent)].insert(id);
    }
    return found;
}

// `change` sees the rows that are not deleted softly.
void edit_live(const Write& write, const std::string& product,
               const std::function<void(json& state)>& change) {
    edit(write, product, [&](json& state) {
        const json deleted = take_deleted(state);
        change(state);
        put_deleted(state, deleted);
    });
}

json& row_of(json& rows, const std::string& id) {
    for (auto& row : rows) {
        if (row.at("id") == id) return row;
    }
    throw not_found("no row " + id);  // it was found before in the same transaction
}

void erase_rows(json& rows, const char* column, const IdSet& ids) {
    json kept = json::array();
    for (auto& row : rows) {
        if (!ids.contains(row.at(column).get<std::string>())) kept.push_back(std::move(row));
    }
    rows = std::move(kept);
}

// Adds a row of `fields` and gives its id.
std::string add(const Write& write, json& state, const Entity& entity, json fields) {
    auto& rows = state.at(entity.table.name);
    const auto id = new_id(write, entity.table, fields);
    for (const auto& other : rows) {
        if (other.at("id") == id) throw exists_already(entity.table, "id", id);
    }
    json row = new_row(entity.table, id, write.request.now);
    fields.erase("id");
    const auto* parent = parent_of(entity);
    row[parent] = fields.at(parent);
    fields.erase(parent);
    const json values = fields.value("values", json::array());
    if (&entity == &kOptions) {
        fields.erase("values");
        row["is_exclusive"] = true;
    }
    if (&entity == &kImages) row["rank"] = rows.size();
    assign(entity.table, row, fields, true);
    for (const auto& column : entity.table.columns) {
        if (!column.nullable && row.at(column.name).is_null()) {
            throw invalid_data(std::string(entity.table.title) + " " + column.name +
                               " is required");
        }
    }
    rows.push_back(std::move(row));
    if (&entity == &kOptions) set_values(write, state, id, values);
    return id;
}

void change(const Write& write, json& state, const Entity& entity, const std::string& id,
            json data) {
    if (&entity == &kVariants) {
        json all = as_they_are(state);
        row_of(all, id).update(data);
        return apply_variants_and_options(write, state, {{"variants", std::move(all)}}, false);
    }
    const json before_state = state;
    const json values = data.value("values", json());
    if (&entity == &kOptions) data.erase("values");
    json& row = row_of(state.at(entity.table.name), id);
    const json before = row;
    assign(entity.table, row, data, false);
    if (row != before) row["updated_at"] = write.request.now;
    if (values.is_null()) return;
    set_values(write, state, id, values);
    settle_options(state, before_state);
}

void take_out(const Write& write, json& state, const Entity& entity, const IdSet& ids) {
    const json before = state;
    auto& rows = state.at(entity.table.name);
    erase_rows(rows, "id", ids);
    if (&entity == &kVariants) erase_rows(state.at(kVariantOption.name), "variant_id", ids);
    if (&entity == &kOptions) erase_rows(state.at(kOptionValue.name), "option_id", ids);
    if (&entity == &kOptions || &entity == &kOptionValues) settle_options(state, before);
    settle_images(state);
    if (&entity != &kImages) return;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (rows[i].at("rank") == i) continue;
        rows[i]["rank"] = i;
        rows[i]["updated_at"] = write.request.now;
    }
}

// Adds those of `list` at `places`; their ids go into `ids`, at the same places.
void add_all(const Write& write, json& state, const Entity& entity, const json& list,
             const std::vector<std::size_t>& places, json& ids) {
    if (&entity != &kVariants) {
        for (const auto place : places) ids[place] = add(write, state, entity, list[place]);
        return;
    }
    json variants = json::array();
    for (const auto place : places) {
        variants.push_back(list[place]);
        variants.back().erase("product_id");
    }
    add_variants(write, state, std::move(variants));
    const auto& rows = state.at(kVariant.name);
    const auto first = rows.size() - places.size();
    for (std::size_t i = 0; i < places.size(); ++i) ids[places[i]] = rows[first + i].at("id");
}

std::string product_of_new(const Write& write, const Entity& entity, const json& data) {
    const auto* parent = parent_of(entity);
    if (!data.contains(parent)) {
        if (&entity == &kVariants) {
            throw invalid_data("Unable to create variants without specifying a product_id");
        }
        throw invalid_data(std::string(entity.table.title) + " " + parent + " is required");
    }
    return product_of_parent(write, entity, data.at(parent).get<std::string>());
}

}  // namespace

// Each product is loaded and written once, however many of its rows are made.
json create_owned(const Write& write, const Entity& entity, const json& list, const json&) {
    std::map<std::string, std::vector<std::size_t>> places;  // in `list`, by product
    for (std::size_t i = 0; i < list.size(); ++i) {
        places[product_of_new(write, entity, list[i])].push_back(i);
    }
    json ids(list.size(), json());
    for (const auto& [product, own] : places) {
        edit_live(write, product, [&, &mine = own](json& state) {
            add_all(write, state, entity, list, mine, ids);
        });
    }
    return find_all(write.sql, entity, ids, row_asked(entity));
}

json update_owned(const Write& write, const Entity& entity, const std::string& id,
                  const json& input) {
    const auto found = by_product(write, entity, json::array({id}), false);
    if (found.empty()) {
        throw not_found(std::string(entity.name) + " with id: " + id + " was not found");
    }
    edit_live(write, found.begin()->first,
              [&](json& state) { change(write, state, entity, id, input.at("data")); });
    return retrieve(write.sql, entity, id, row_asked(entity));
}

void remove_owned(const Write& write, const Entity& entity, const json& ids) {
    for (const auto& [product, own] : by_product(write, entity, ids, true)) {
        edit(write, product, [&, &mine = own](json& state) {
            json deleted = take_deleted(state);
            take_out(write, state, entity, mine);
            for (const auto* table : {&kVariant, &kOption, &kOptionValue, &kImage}) {
                if (table == &entity.table) erase_rows(deleted.at(table->name), "id", mine);
            }
            put_deleted(state, deleted);
        });
    }
}

json soft_delete_owned(const Write& write, const Entity& entity, const json& ids) {
    json touched = json::array();
    for (const auto& [product, own] : by_product(write, entity, ids, false)) {
        edit(write, product, [&, &mine = own](json& state) {
            for (auto& row : state.at(entity.table.name)) {
                if (!mine.contains(row.at("id").get<std::string>())) continue;
                row["deleted_at"] = write.request.now;
                touched.push_back(row.at("id"));
            }
        });
    }
    return {{key_of(entity), std::move(touched)}};
}

json restore_owned(const Write& write, const Entity& entity, const json& ids) {
    json touched = json::array();
    for (const auto& [product, own] : by_product(write, entity, ids, true)) {
        edit(write, product, [&, &mine = own](json& state) {
            for (auto& row : state.at(entity.table.name)) {
                const bool is_it = mine.contains(row.at("id").get<std::string>());
                if (!is_it || row.at("deleted_at").is_null()) continue;
                row["deleted_at"] = nullptr;
                touched.push_back(row.at("id"));
            }
        });
    }
    return {{key_of(entity), std::move(touched)}};
}

}  // namespace catalogue
