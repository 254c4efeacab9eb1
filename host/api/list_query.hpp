// The query of a list of runs.
#pragma once

#include "api/exchange.hpp"
#include "store/store.hpp"

namespace gantry::host {

/// Throws Error INVALID_DATA for a parameter or value that it does not know.
RunFilter parse_list_query(const Query& query);

}  // namespace gantry::host
