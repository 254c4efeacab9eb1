// The id of what is made: the one that is brought along, else one of its own.
#pragma once

#include "tables.hpp"
#include "write.hpp"

namespace catalogue {

/// Throws INVALID_DATA for an empty one; the table refuses one that it has.
std::string new_id(const Write& write, const Table& table, const json& data);

}  // namespace catalogue
