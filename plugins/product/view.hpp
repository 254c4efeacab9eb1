// Products as the interface shows them.
#pragma once

#include "state.hpp"

namespace catalogue {

/// The products of `state` in its order, each with its relations inside; `relations` as it was
/// loaded.
json products_of(const json& state, const Relations& relations);

/// The one product of a whole state.
json product_view(const json& state);

}  // namespace catalogue
