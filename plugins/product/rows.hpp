// Rows as JSON objects, read and written by the description of their table.
#pragma once

#include <soci/soci.h>

#include <gantry/json.hpp>
#include <string>
#include <vector>

#include "tables.hpp"

namespace catalogue {

using gantry::json;

/// The end of a SELECT, ":p1" being the first of `values`; strings, integers, booleans or doubles.
/// Values are bound in the order in which they are put: one put() in an expression, no more.
struct Selection {
    std::string tail;
    std::vector<json> values;
    std::vector<const Column*> columns{};  // of the table; none: all

    /// Adds a value; the text that stands for it.
    std::string put(json value);

    /// ":p1, :p2" for all of `list`.
    std::string put_all(const json& list);
};

/// The rows selected, as an array in the order of the tail.
json select(soci::session& sql, const Table& table, const Selection& selection);

/// How many there are.
long long count_rows(soci::session& sql, const Table& table, const Selection& selection);

/// Whether a caller may give `value` for a column of that type; null aside.
bool has_type(const json& value, Type type);

/// Whether a real column keeps `value`, a number, as it is: whole numbers reach to 2^53.
bool is_exact(const json& value);

/// "string", "boolean", …
const char* name_of(Type type);

/// Throws INVALID_DATA "… with sku: X, already exists." on a duplicate.
void insert(soci::session& sql, const Table& table, const json& row);

/// insert() of each, many at once.
void insert_all(soci::session& sql, const Table& table, const std::vector<const json*>& rows);

/// Removes the row with the key of `row`.
void remove(soci::session& sql, const Table& table, const json& row);

/// Puts `row` where the one of its key was.
void rewrite(soci::session& sql, const Table& table, const json& row);

/// The column of that name; null when there is none.
const Column* find_column(const Table& table, std::string_view name);

/// The key of `row` as one text.
std::string key_of(const Table& table, const json& row);

/// A row of nulls with an id and its times.
json new_row(const Table& table, std::string id, const std::string& now);

/// Lays `data` over `row`: given replaces, null clears, metadata is merged key by key and "" takes
/// a key away; `is_new` takes metadata as it is. Throws INVALID_DATA on a field that the table has
/// not or the caller may not set, on a value of the wrong type and on null where one is required.
void assign(const Table& table, json& row, const json& data, bool is_new);

}  // namespace catalogue
