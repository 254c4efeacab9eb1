// The refusals that the rules share; each changed nothing.
#pragma once

#include <gantry/json.hpp>

#include "tables.hpp"

namespace catalogue {

using gantry::Error;
using gantry::json;

inline Error invalid_data(std::string message, json details = nullptr) {
    return {GANTRY_E_INVALID_DATA, std::move(message), GANTRY_EF_NOT_APPLIED, std::move(details)};
}

inline Error exists_already(const Table& table, const char* field, const std::string& value) {
    return invalid_data(std::string(table.title) + " with " + field + ": " + value +
                        ", already exists.");
}

inline Error not_found(std::string message) {
    return {GANTRY_E_NOT_FOUND, std::move(message), GANTRY_EF_NOT_APPLIED};
}

inline Error no_such_product(const std::string& id) {
    return not_found("Product with id: " + id + " was not found");
}

}  // namespace catalogue
