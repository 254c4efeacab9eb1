// The refusals that are ours, before anything was asked to change.
#pragma once

#include <gantry/json.hpp>

namespace product_medusa {

using gantry::Error;
using gantry::json;

inline Error invalid_data(const std::string& message) {
    return {GANTRY_E_INVALID_DATA, message, GANTRY_EF_NOT_APPLIED};
}

/// What Medusa's admin API cannot do, or could not take back.
inline Error beyond(const std::string& message) {
    return {GANTRY_E_REJECTED, message, GANTRY_EF_NOT_APPLIED};
}

inline Error not_found(const std::string& id) {
    return {GANTRY_E_NOT_FOUND, "Product with id: " + id + " was not found", GANTRY_EF_NOT_APPLIED};
}

}  // namespace product_medusa
