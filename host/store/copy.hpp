// A copy of a SQLite file while it is in use.
#pragma once

#include "store/sqlite.hpp"

namespace gantry::host {

/// Makes `file`, as all of the database is at one moment, page by page. What fails throws
/// SQLite::Exception.
void copy(SqliteConnection& source, const std::string& file);

}  // namespace gantry::host
