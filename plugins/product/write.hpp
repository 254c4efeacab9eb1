// What the rules work with while a product is written.
#pragma once

#include <map>
#include <string>

#include "ids.hpp"
#include "sql/journal.hpp"

namespace catalogue {

using gantry::json;

/// Rows that products share: by "table.column", by its value.
using KnownRows = std::map<std::string, std::map<std::string, json>>;

/// Lives as long as the write's transaction.
struct Write : plugin_sql::Write {
    Ids& ids;
    KnownRows* known = nullptr;  // what was found so far, where nothing else changes it
};

}  // namespace catalogue
