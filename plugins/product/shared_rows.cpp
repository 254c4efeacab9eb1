// Tags, types and collections: rows that products share, found by value or made.
#include "shared_rows.hpp"

#include <map>

#include "handle.hpp"

namespace catalogue {

namespace {

json select_by(const Write& write, const Table& table, const char* column, const json& values) {
    if (values.empty()) return json::array();
    Selection chosen;
    chosen.tail = std::string("WHERE ") + column + " IN (" + chosen.put_all(values) +
                  ") AND deleted_at IS NULL ORDER BY id";
    return select(write.sql, table, chosen);
}

json find(const Write& write, const Table& table, const char* column, const json& values) {
    if (write.known == nullptr) return select_by(write, table, column, values);
    auto& known = (*write.known)[std::string(table.name) + "." + column];
    json rows = json::array();
    json others = json::array();
    for (const auto& value : values) {
        const auto found = known.find(value.get_ref<const std::string&>());
        (found == known.end() ? others : rows)
            .push_back(found == known.end() ? value : found->second);
    }
    for (auto& row : select_by(write, table, column, others)) {
        known.emplace(row.at(column).get<std::string>(), row);
        rows.push_back(std::move(row));
    }
    return rows;
}

// The request's scope created a tag, type or collection.
void record_made(const Write& write, const std::string& entity_id) {
    const auto& request = write.request;
    if (request.key.empty()) return;
    write.sql << "INSERT INTO made (scope, entity_id, recorded_at) VALUES (:scope, :id, :now)",
        soci::use(request.scope), soci::use(entity_id), soci::use(request.now);
}

json make(const Write& write, const Table& table, const char* column, const json& value) {
    json row = new_row(table, write.ids.make(table.prefix), write.request.now);
    assign(table, row, {{column, value}}, true);
    if (row.contains("handle")) {
        const std::string handle = to_handle(value.get<std::string>());
        row["handle"] = handle.empty() ? to_handle(write.ids.make("collection")) : handle;
    }
    insert(write.sql, table, row);
    record_made(write, row.at("id").get<std::string>());
    return row;
}

}  // namespace

json find_or_make(const Write& write, const Table& table, const char* column, const json& values) {
    std::map<std::string, json> known;
    for (auto& row : find(write, table, column, values)) {
        known.try_emplace(row.at(column).get<std::string>(), row);
    }
    json rows = json::array();
    std::map<std::string, bool> taken;
    for (const auto& value : values) {
        const auto& text = value.get_ref<const std::string&>();
        if (!taken.emplace(text, true).second) continue;
        const auto found = known.find(text);
        rows.push_back(found != known.end() ? found->second : make(write, table, column, value));
    }
    return rows;
}

json find_by_ids(const Write& write, const Table& table, const json& ids) {
    return find(write, table, "id", ids);
}

std::string put_back_shared(const Write& write, const Table& table, const char* column,
                            const json& row) {
    const auto id = row.at("id").get<std::string>();
    Selection itself;
    itself.tail = "WHERE id = " + itself.put(id);
    if (count_rows(write.sql, table, itself) > 0) return id;  // also deleted softly
    const json found = find(write, table, column, json::array({row.at(column)}));
    if (!found.empty()) return found.at(0).at("id").get<std::string>();
    insert(write.sql, table, row);
    return id;
}

void remove_unused(const Write& write) {
    if (write.request.key.empty()) return;
    struct Use {
        const Table& shared;
        const Table& user;
        const char* column;
    };
    for (const auto& [shared, user, column] :
         {Use{kTag, kTagLink, "product_tag_id"}, Use{kType, kProduct, "type_id"},
          Use{kCollection, kProduct, "collection_id"}}) {
        const std::string table = shared.name;
        const std::string users = user.name;
        write.sql << "DELETE FROM " + table +
                         " WHERE id IN (SELECT entity_id FROM made WHERE scope = :scope) "
                         "AND NOT EXISTS (SELECT 1 FROM " +
                         users + " WHERE " + users + "." + column + " = " + table + ".id)",
            soci::use(write.request.scope);
    }
}

}  // namespace catalogue
