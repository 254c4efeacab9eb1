// What is given for the ERP alone, beside the product's fields.
#pragma once

#include <gantry/service.hpp>

namespace catalog_sync {

/// Throws Error INVALID_DATA, NOT_APPLIED, where `input`'s "erp" has a field that `erp` does not
/// write, as its describe says, with the nearest name; or one that `input` has with another value.
void require_erp_fields(const gantry::Service& erp, const gantry::json& input);

}  // namespace catalog_sync
