// One statement a table, in a transaction that is not synced: the file is not one to be kept.
#include "support/finished_runs.hpp"

#include "base/wall_clock.hpp"
#include "store/migration.hpp"

namespace gantry::test {
namespace {

// 1 count 2 payload 3 now 4 failed 5 waiting
constexpr const char* kRuns = R"sql(
    WITH RECURSIVE one (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM one WHERE n < ?1)
    INSERT INTO run (accepted, run_id, name, def_hash, idem_key, status, waits_for, created_at,
                     updated_at, finished_at, pins, input, output)
    SELECT n, printf('01a20723-de86-7220-be17-%012d', n), 'w' || (n % 10), 'hash', 'key-' || n,
           CASE WHEN n > ?1 - ?5 THEN 'waiting' WHEN n <= ?4 THEN 'failed'
                WHEN n % 10 = 3 THEN 'reverted' ELSE 'done' END,
           iif(n > ?1 - ?5, 'signal: go', NULL), ?3 - (?1 - n) * 1000, ?3 - (?1 - n) * 1000 + 20,
           iif(n > ?1 - ?5, NULL, ?3 - (?1 - n) * 1000 + 20),
           '{"bench":{"plugin":"bench","version":"1.0.0"}}', ?2, '{"fine":true}'
      FROM one)sql";

constexpr const char* kSteps = R"sql(
    INSERT INTO step (run_id, path, side, module, name, status, fence, result, started_at,
                      finished_at)
    SELECT run_id, path, 'invoke', 'bench', 'echo', 'done', 0, '{"fine":true}', created_at,
           finished_at
      FROM run CROSS JOIN (SELECT 'a' AS path UNION ALL SELECT 'b')
     ORDER BY run_id, path)sql";

}  // namespace

void make_finished_runs(const std::filesystem::path& file, int count, std::int64_t payload,
                        int waiting) {
    std::filesystem::create_directories(file.parent_path());
    host::SqliteConnection connection(file, host::SqliteConnection::Mode::kWrite);
    host::migrate(connection);
    auto& database = connection.database();
    database.exec("PRAGMA journal_mode = OFF");
    database.exec("PRAGMA synchronous = OFF");
    database.exec("INSERT INTO definition VALUES ('hash', 'w', '{}', 0)");
    SQLite::Transaction transaction(database);
    SQLite::Statement runs(database, kRuns);
    runs.bind(1, count);
    runs.bind(2, '"' + std::string(static_cast<std::size_t>(payload), 'x') + '"');
    runs.bind(3, host::WallClock().now());
    runs.bind(4, kFailed);
    runs.bind(5, waiting);
    runs.exec();
    database.exec(kSteps);
    transaction.commit();
}

}  // namespace gantry::test
