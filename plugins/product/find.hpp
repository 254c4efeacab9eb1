// retrieve, list and count of any entity: what is asked for is loaded, and nothing else.
#pragma once

#include <map>
#include <set>

#include "entities.hpp"
#include "rows.hpp"

namespace catalogue {

/// What is wanted of rows: columns, all of them when there are none, and relations.
struct Wanted {
    std::set<std::string> columns;
    std::map<std::string, Wanted> relations;
    bool with_deleted = false;
    std::set<std::string> trees{};  // relations that come with their own, to the end
    json filters = json::object();  // of the rows in trees
};

/// Of an input's "select" (fields, also "variants.sku"), "relations" ("variants.options") and
/// "withDeleted"; `relations` where it names none. Throws INVALID_DATA that lists what there is.
Wanted wanted_of(const Entity& entity, const json& input,
                 const std::vector<std::string>& relations);

/// Every relation of a product and what it brings.
const std::vector<std::string>& whole_product();

/// The rows that `input`, {filters?, order?, skip?, take?, select?, relations?, withDeleted?}, asks
/// for, their relations inside. One query for each relation and each 250 rows.
json find(soci::session& sql, const Entity& entity, const json& input);
/// How many there are in all, whatever skip and take say.
long long count(soci::session& sql, const Entity& entity, const json& input);

/// The row of that id; null when there is none, or when it is deleted and `wanted` has no deleted
/// ones.
json find_one(soci::session& sql, const Entity& entity, const std::string& id,
              const Wanted& wanted);

/// The rows of these ids, each another one, in their order; as find_one.
json find_all(soci::session& sql, const Entity& entity, const json& ids, const Wanted& wanted);

/// find_one; throws NOT_FOUND.
json retrieve(soci::session& sql, const Entity& entity, const std::string& id,
              const Wanted& wanted);

}  // namespace catalogue
