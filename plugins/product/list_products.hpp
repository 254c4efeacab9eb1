// listProducts: filters, order and page as SQL.
#pragma once

#include "state.hpp"

namespace catalogue {

/// What `input` of listProducts selects. Throws INVALID_DATA on an unknown filter or order field.
Selection chosen_products(const json& input);

/// The names listed under "relations", `otherwise` when there is no such list. Throws INVALID_DATA
/// on an unknown name.
Relations wanted_relations(const json& input, const Relations& otherwise);

}  // namespace catalogue
