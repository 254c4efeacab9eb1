// SQLite's backup in one step, which is one read transaction: in a WAL nobody waits for it.
#include "store/copy.hpp"

#include <SQLiteCpp/Backup.h>
#include <sqlite3.h>

namespace gantry::host {

void copy(SqliteConnection& source, const std::string& file) {
    SQLite::Database target(file, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    SQLite::Backup backup(target, source.database());
    if (const int result = backup.executeStep(-1); result != SQLITE_DONE) {
        throw SQLite::Exception("it was not copied as a whole", result);
    }
}

}  // namespace gantry::host
