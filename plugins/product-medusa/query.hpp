// A list's input as the query of Medusa's admin API.
#pragma once

#include "refusal.hpp"

namespace product_medusa {

/// {filters?, order?, withDeleted?} as "title=Shirt&order=-title", escaped. Throws Error
/// INVALID_DATA for what Medusa does not filter by: it would pass it over in silence.
std::string query_of(const json& input);

/// "name=value", escaped.
std::string pair_of(const std::string& name, const std::string& value);

}  // namespace product_medusa
