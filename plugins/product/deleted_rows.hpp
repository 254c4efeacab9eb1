// Rows of a state that are deleted softly: set aside while the rules look at the others.
#pragma once

#include "state.hpp"

namespace catalogue {

/// Takes them out of `state`, with the links of what is deleted; the product's own row stays.
json take_deleted(json& state);

/// Puts them back, but for those whose parents are gone by now, and a variant's value of an option
/// of which it has another one. Throws INVALID_DATA for an id that is in `state`, too.
void put_deleted(json& state, const json& deleted);

}  // namespace catalogue
