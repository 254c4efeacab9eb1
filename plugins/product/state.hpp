// The state of products: their rows and the rows they refer to, an array per table. It is what a
// snapshot keeps, what the rules change and what a version is a tag of.
#pragma once

#include <set>

#include "rows.hpp"

namespace catalogue {

using Relations = std::set<std::string>;

/// Every relation there is.
const Relations& all_relations();

/// The products that `chosen` selects, in its order, and what `relations` names of them. One query
/// per table, however many products.
json load(soci::session& sql, const Selection& chosen, const Relations& relations);

/// The whole state of one product; null when there is none.
json load_state(soci::session& sql, const std::string& id);

inline json& product_of(json& state) { return state.at(kProduct.name).at(0); }
inline const json& product_of(const json& state) { return state.at(kProduct.name).at(0); }

/// The rows of `table` in `state`; none when state is null.
const json& rows_of(const json& state, const Table& table);

/// A tag of the content: equal content has an equal tag, whenever written. Null for no product.
json version_of(const json& state);

/// Makes the product's own rows those of `after`, given that they are those of `before`; null is no
/// product. Rows that are equal stay untouched. Tags, types and collections must exist.
void replace(soci::session& sql, const json& before, const json& after);

}  // namespace catalogue
