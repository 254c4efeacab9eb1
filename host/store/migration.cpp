// One text of SQL per version. Foreign keys are off meanwhile, since a rebuilt table is dropped and
// named again, and checked before each version is committed.
#include "store/migration.hpp"

#include "base/fault.hpp"
#include "store/room.hpp"

namespace gantry::host {
namespace {

constexpr int kSchemaVersion = 5;
constexpr int kApplicationId = 0x476e7472;  // "Gntr", as file(1) shows it
constexpr int kLogKept = 16 << 20;          // bytes
// What makes each version out of the one before it.
constexpr const char* kVersions[kSchemaVersion] = {
#include "store/schema.sql.inc"
    ,
#include "store/migration_2.sql.inc"
    ,
#include "store/migration_3.sql.inc"
    ,
#include "store/migration_4.sql.inc"
    ,
#include "store/migration_5.sql.inc"
};

void check_references(SQLite::Database& database) {
    SQLite::Statement broken(database, "PRAGMA foreign_key_check");
    if (!broken.executeStep()) return;
    throw Error(GANTRY_E_CONFIG, "its rows do not fit together: a row of \"" +
                                     broken.getColumn(0).getString() + "\" belongs to one of \"" +
                                     broken.getColumn(2).getString() + "\" that is not there");
}

}  // namespace

void migrate(SqliteConnection& connection) {
    auto& database = connection.database();
    const int version = database.execAndGet("PRAGMA user_version").getInt();
    const int owner = database.execAndGet("PRAGMA application_id").getInt();
    const bool empty = database.execAndGet("SELECT count(*) FROM sqlite_master").getInt() == 0;
    if (owner != kApplicationId && !empty) {
        throw Error(GANTRY_E_CONFIG, "it is the database of another program, not a Gantry store");
    }
    if (version > kSchemaVersion) {
        throw Error(GANTRY_E_CONFIG, "the store has schema version " + std::to_string(version) +
                                         ", this program knows up to " +
                                         std::to_string(kSchemaVersion) +
                                         ": use the newer program that made it");
    }
    if (empty) let_shrink(connection);  // before it has a page
    database.exec("PRAGMA journal_mode=WAL");
    database.exec(fault::without("fsync") ? "PRAGMA synchronous=NORMAL"
                                          : "PRAGMA synchronous=FULL");
    // Who reads an old state for long keeps the log growing; without a limit it stays that large.
    database.exec("PRAGMA journal_size_limit=" + std::to_string(kLogKept));
    database.exec("PRAGMA foreign_keys=OFF");  // has no effect within a transaction
    for (int next = version; next < kSchemaVersion; ++next) {
        SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
        database.exec(kVersions[next]);
        fault::at("migrate.middle");
        check_references(database);
        database.exec("PRAGMA application_id = " + std::to_string(kApplicationId));
        database.exec("PRAGMA user_version = " + std::to_string(next + 1));
        transaction.commit();
    }
    make_shrinkable(connection);
    // For each IN of a CHECK SQLite makes a table at each write, which took a quarter of a commit.
    // They are for whoever else writes: our words come from enums.
    database.exec("PRAGMA ignore_check_constraints=ON");
    database.exec("PRAGMA foreign_keys=ON");
}

}  // namespace gantry::host
