// What the store's files take of the disk.
#include "store/migration.hpp"

#include "store/sqlite.hpp"
#include "support/temp_dir.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace gantry::host {
namespace {

constexpr std::size_t kWritten = 24 << 20;

void write(SQLite::Database& database, std::size_t bytes) {
    static int number = 0;
    SQLite::Statement insert(database, "INSERT INTO definition VALUES (?, 'w', ?, 1)");
    insert.bind(1, std::to_string(++number));
    insert.bind(2, std::string(bytes, 'x'));
    insert.exec();
}

}  // namespace

// Such as a copy of the file that somebody makes with sqlite3 while the host runs.
TEST(Room, of_the_log_is_given_back_once_nobody_reads_an_old_state_any_more) {
    const test::TempDir dir;
    const std::string file = dir / "g.db";
    SqliteConnection connection(file, SqliteConnection::Mode::kWrite);
    migrate(connection);
    SQLite::Database reader(file, SQLite::OPEN_READONLY);
    reader.exec("BEGIN");
    reader.execAndGet("SELECT count(*) FROM run");
    write(connection.database(), kWritten);
    EXPECT_GT(std::filesystem::file_size(file + "-wal"), kWritten);
    reader.exec("ROLLBACK");
    for (int i = 0; i < 3; ++i) write(connection.database(), 1);
    EXPECT_LE(std::filesystem::file_size(file + "-wal"), 16 << 20);
}

}  // namespace gantry::host
