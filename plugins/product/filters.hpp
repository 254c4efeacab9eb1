// Filters of lists as SQL: equality, lists, operators, $and, $or, $not, and fields of relations.
#pragma once

#include "entities.hpp"
#include "rows.hpp"

namespace catalogue {

/// The condition that `filters`, an object, puts on the rows of `entity`; its values go into
/// `chosen`. {"handle": "x"}, {"id": ["a", "b"]}, {"weight": {"$gt": 5}}, {"tags.value": "new"},
/// {"variants": {"sku": {"$like": "TSH%"}}}, {"$or": [{…}, {…}]}, {"q": "words"}. Throws
/// INVALID_DATA that names what is known.
std::string condition_of(Selection& chosen, const Entity& entity, const json& filters);

}  // namespace catalogue
