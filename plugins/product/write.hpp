// What the rules work with while a product is written.
#pragma once

#include "ids.hpp"
#include "sql/journal.hpp"

namespace catalogue {

using gantry::json;

/// Lives as long as the write's transaction.
struct Write : plugin_sql::Write {
    Ids& ids;
};

}  // namespace catalogue
