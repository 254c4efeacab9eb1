// The state of a product: its rows and the shared rows they refer to, an array per table, also what
// is deleted softly. It is what a snapshot keeps, what the rules change and what a version is a tag
// of.
#pragma once

#include "rows.hpp"

namespace catalogue {

/// The whole state of one product; null when there is none.
json load_state(soci::session& sql, const std::string& id);

inline json& product_of(json& state) { return state.at(kProduct.name).at(0); }
inline const json& product_of(const json& state) { return state.at(kProduct.name).at(0); }

/// Whether it is there and not deleted softly.
inline bool is_live(const json& state) {
    return !state.is_null() && product_of(state).at("deleted_at").is_null();
}

/// The rows of `table` in `state`; none when it is null, or older than the table.
const json& rows_of(const json& state, const Table& table);

/// A tag of the content: equal content has an equal tag, whenever written. Of shared rows only
/// which they are counts. Null for no product.
json version_of(const json& state);

/// Makes the product's own rows those of `after`, given that they are those of `before`; null is no
/// product. Rows that are equal stay untouched. Shared rows must exist.
void replace(soci::session& sql, const json& before, const json& after);

/// Adds the products of `states`, as replace() would one after the other.
void add_new(soci::session& sql, const std::vector<json>& states);

/// The rows that `rows` has and `others` has not, or has otherwise.
std::vector<const json*> differing(const Table& table, const json& rows, const json& others);

}  // namespace catalogue
