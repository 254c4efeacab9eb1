// What is shown of a product: what was asked for, of what Medusa answered.
#pragma once

#include "refusal.hpp"

namespace product_medusa {

/// Rows in an order of their own, and the version.
json row_of(json product, const json& version);

/// Before a write whose answer is viewed: throws INVALID_DATA, NOT_APPLIED, for "relations" that a
/// product has not.
void check_relations(const json& input);

/// The fields of input's "select", all where it has none, and of the relations those that select
/// or "relations" name; where there is no "relations", all or none. A name with a dot brings its
/// whole relation. Throws Error INVALID_DATA for a name that the row has not.
json viewed(const json& row, const json& input, bool all_relations);

}  // namespace product_medusa
