// The schema of the SQLite file, and how an older one becomes today's.
#pragma once

#include "store/sqlite.hpp"

namespace gantry::host {

/// Makes the schema, or brings an older one up to date, each version in one transaction; from then
/// on, with WAL and synchronous=FULL, a commit is on the disk. Throws Error of class CONFIG when it
/// is newer than this program or another program's file, which is left untouched.
void migrate(SqliteConnection& connection);

}  // namespace gantry::host
