// Ids that are brought along for what a product has.
#pragma once

#include <gantry/json.hpp>

namespace product_medusa {

using gantry::json;

/// Throws REJECTED where one of `rows` says which id it is to get, or is an option with a value
/// that says so: Medusa gives them theirs.
void refuse_ids(const json& rows, const char* name);

}  // namespace product_medusa
