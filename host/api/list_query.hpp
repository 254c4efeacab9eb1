// The query of a list of runs.
#pragma once

#include "api/exchange.hpp"
#include "store/store.hpp"

namespace gantry::host {

struct ListQuery {
    RunFilter filter;
    /// Only runs with exactly this key or id; filter.text is the same then.
    std::optional<std::string> transaction;
};

/// Throws Error INVALID_DATA for a parameter or value that it does not know.
ListQuery parse_list_query(const Query& query);

}  // namespace gantry::host
