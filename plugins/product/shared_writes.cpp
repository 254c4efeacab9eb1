#include "shared_writes.hpp"

#include <optional>

#include "category_tree.hpp"
#include "collection_products.hpp"
#include "find.hpp"
#include "handle.hpp"
#include "new_id.hpp"
#include "product_write.hpp"
#include "refusal.hpp"

namespace catalogue {

namespace {

bool is_category(const Entity& entity) { return &entity == &kCategories; }

json row_of(const Write& write, const Entity& entity, const std::string& id, bool deleted) {
    Wanted wanted;
    wanted.with_deleted = deleted;
    return find_one(write.sql, entity, id, wanted);
}

// The column that names it; collections and categories have a handle besides.
const char* name_of(const Entity& entity) {
    if (is_category(entity)) return "name";
    return &entity == &kCollections ? "title" : "value";
}

void check(const Write& write, const Entity& entity, json& row) {
    const std::string name = name_of(entity);
    if (row.at(name).is_null() || row.at(name) == "") {
        throw invalid_data(std::string(entity.table.title) + " " + name + " is required");
    }
    if (!row.contains("handle")) return;
    if (row.at("handle").is_null()) {
        const auto made = to_handle(row.at(name).get<std::string>());
        row["handle"] = made.empty() ? to_handle(write.ids.make(entity.table.prefix)) : made;
    }
    if (!is_handle(row.at("handle").get<std::string>())) {
        throw invalid_data("Invalid handle '" + row.at("handle").get<std::string>() + "' of a " +
                           entity.table.title + ". It must contain URL safe characters");
    }
}

// The products that have it, and the rows or the column by which they do.
void unlink(const Write& write, const Entity& entity, const std::string& id) {
    const auto& products = *find_relation(entity, "products");
    const bool linked = products.kind == Relation::Kind::kLinked;
    Selection users;
    users.tail = "WHERE " + std::string(products.column) + " = " + users.put(id);
    const auto& table = linked ? *products.link : kProduct;
    for (const auto& row : select(write.sql, table, users)) {
        const auto product = row.at(linked ? products.other : "id").get<std::string>();
        const json before = load_state(write.sql, product);
        json after = before;
        if (linked) {
            json kept = json::array();
            for (const auto& link : after.at(table.name)) {
                if (link.at(products.column) != id) kept.push_back(link);
            }
            after[table.name] = std::move(kept);
        } else {
            product_of(after)[products.column] = nullptr;
        }
        product_of(after)["updated_at"] = write.request.now;
        save(write, before, std::move(after));
    }
}

// What a collection says of its products is no column of its own.
std::optional<json> take_products(const Entity& entity, json& fields) {
    if (&entity != &kCollections || !fields.contains("product_ids")) return std::nullopt;
    json ids = fields.at("product_ids");
    fields.erase("product_ids");
    return ids;
}

// Sets deleted_at of these and of categories below them; gives their ids.
json mark(const Write& write, const Entity& entity, const json& ids, bool deleted) {
    json touched = json::array();
    const auto one = [&](json row) {
        if (row.is_null() || row.at("deleted_at").is_null() != deleted) return;
        row["deleted_at"] = deleted ? json(write.request.now) : json();
        touched.push_back(row.at("id"));
        rewrite(write.sql, entity.table, row);
    };
    for (const auto& value : ids) {
        const auto id = value.get<std::string>();
        json row = row_of(write, entity, id, true);
        if (row.is_null()) continue;
        if (is_category(entity)) {
            for (auto& below : rows_below(write, row)) one(std::move(below));
        }
        one(std::move(row));
    }
    return {{std::string(entity.table.name) + "_id", std::move(touched)}};
}

json create_row(const Write& write, const Entity& entity, const json& data) {
    json row = new_row(entity.table, new_id(write, entity.table, data), write.request.now);
    json fields = data;
    fields.erase("id");
    const auto products = take_products(entity, fields);
    if (is_category(entity)) {
        row.update({{"description", ""}, {"is_active", false}, {"is_internal", false}});
    }
    assign(entity.table, row, fields, true);
    check(write, entity, row);
    if (is_category(entity)) {
        hang(write, row, nullptr, fields.contains("rank"));
    } else {
        insert(write.sql, entity.table, row);
    }
    if (products) set_products(write, row.at("id"), *products);
    return row_of(write, entity, row.at("id"), false);
}

}  // namespace

json create_shared(const Write& write, const Entity& entity, const json& list, const json&) {
    json rows = json::array();
    for (const auto& data : list) rows.push_back(create_row(write, entity, data));
    return rows;
}

json update_shared(const Write& write, const Entity& entity, const std::string& id,
                   const json& input) {
    const json before = row_of(write, entity, id, false);
    if (before.is_null()) {
        throw not_found(std::string(entity.name) + " with id: " + id + " was not found");
    }
    json row = before;
    json fields = input.at("data");
    const auto products = take_products(entity, fields);
    assign(entity.table, row, fields, false);
    check(write, entity, row);
    if (products) set_products(write, id, *products);
    if (row == before) return row;
    row["updated_at"] = write.request.now;
    if (is_category(entity)) {
        hang(write, row, before, fields.contains("rank"));
    } else {
        rewrite(write.sql, entity.table, row);
    }
    return row_of(write, entity, id, false);
}

void remove_shared(const Write& write, const Entity& entity, const json& ids) {
    for (const auto& value : ids) {
        const auto id = value.get<std::string>();
        const json row = row_of(write, entity, id, true);
        if (row.is_null()) continue;
        if (is_category(entity) && !rows_below(write, row).empty()) {
            throw Error(
                GANTRY_E_REJECTED,
                "Deleting ProductCategory (" + id + ") with category children is not allowed",
                GANTRY_EF_NOT_APPLIED);
        }
        unlink(write, entity, id);
        remove(write.sql, entity.table, row);
        if (is_category(entity)) close_gap(write, row);
    }
}

json soft_delete_shared(const Write& write, const Entity& entity, const json& ids) {
    return mark(write, entity, ids, true);
}

json restore_shared(const Write& write, const Entity& entity, const json& ids) {
    return mark(write, entity, ids, false);
}

}  // namespace catalogue
