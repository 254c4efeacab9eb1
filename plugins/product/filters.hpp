// Filters of lists as SQL: equality, lists, operators, $and, $or, $not, and fields of relations.
#pragma once

#include "entities.hpp"
#include "rows.hpp"

namespace catalogue {

/// The condition that `filters`, an object, puts on the rows of `entity` in the database of `sql`;
/// its values go into `chosen`. {"handle": "x"}, {"id": ["a", "b"]}, {"weight": {"$gt": 5}},
/// {"tags.value": "new"},
/// {"variants": {"sku": {"$like": "TSH%"}}}, {"$or": [{…}, {…}]}, {"q": "words"}. Throws
/// INVALID_DATA that names what is known.
std::string condition_of(const soci::session& sql, Selection& chosen, const Entity& entity,
                         const json& filters);

}  // namespace catalogue
