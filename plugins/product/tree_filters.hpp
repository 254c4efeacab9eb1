// Filters of categories that choose none: whether each comes with all above it, all below it.
#pragma once

#include "find.hpp"

namespace catalogue {

/// `filters` but for include_ancestors_tree and include_descendants_tree of categories.
json without_trees(const Entity& entity, json filters);

/// Adds to `wanted` the trees that these ask for; what `filters` say of is_active and is_internal
/// holds in them too. Throws INVALID_DATA for one that is no boolean.
void want_trees(const Entity& entity, Wanted& wanted, const json& filters);

}  // namespace catalogue
