// Runs that began alike are one row, so that many cost what few do.
#include "store/open_runs.hpp"

#include "store/database_file.hpp"
#include "store/sqlite.hpp"

namespace gantry::host {
namespace {

constexpr const char* kOpenRuns =
    "SELECT run.name, def_hash, body, pins, count(*), min(run_id) FROM run JOIN definition USING "
    "(def_hash)"
    " WHERE status IN ('invoking', 'waiting', 'compensating', 'paused')"
    " GROUP BY run.name, def_hash, pins ORDER BY run.name, min(run_id)";

std::vector<OpenRuns> read_open(SQLite::Database& database) {
    std::vector<OpenRuns> all;
    SQLite::Statement row(database, kOpenRuns);
    while (row.executeStep()) {
        all.push_back({row.getColumn(0).getString(), row.getColumn(1).getString(),
                       row.getColumn(2).getString(), row.getColumn(3).getString(),
                       row.getColumn(4).getInt64(), row.getColumn(5).getString()});
    }
    return all;
}

// A snapshot of gantry.erp/1 has {"system": {"id"}}, others {"system": TEXT}, at any depth.
constexpr const char* kSystems =
    "SELECT run.name, run.pins, part.value, count(DISTINCT run_id), min(run_id)"
    " FROM run JOIN step USING (run_id),"
    " json_tree(CASE WHEN json_valid(step.undo_input) THEN step.undo_input END) AS part"
    " WHERE run.status IN ('invoking', 'waiting', 'compensating', 'paused')"
    " AND instr(step.undo_input, '\"system\"') > 0 AND part.type = 'text'"
    " AND instr(part.value, '://') > 0"
    " AND (part.key = 'system' OR part.key = 'id' AND part.path LIKE '%.system')"
    " GROUP BY run.name, run.pins, part.value ORDER BY run.name, min(run_id)";

std::vector<RunsOfSystem> read_systems(SQLite::Database& database) {
    std::vector<RunsOfSystem> all;
    SQLite::Statement row(database, kSystems);
    while (row.executeStep()) {
        all.push_back({row.getColumn(0).getString(), row.getColumn(1).getString(),
                       row.getColumn(2).getString(), row.getColumn(3).getInt64(),
                       row.getColumn(4).getString()});
    }
    return all;
}

template <typename Fn>
auto read_in(const std::filesystem::path& file, Fn read)
    -> decltype(read(std::declval<SQLite::Database&>())) {
    if (!std::filesystem::exists(file)) return {};
    try {
        constexpr int kBusyMs = 5000;
        SQLite::Database database(uri_for_looking(file), SQLite::OPEN_READONLY | SQLite::OPEN_URI,
                                  kBusyMs);
        return read(database);
    } catch (const SQLite::Exception& e) {
        throw Error(GANTRY_E_UNAVAILABLE,
                    "the open runs of " + file.string() + " cannot be read: " + e.what());
    }
}

}  // namespace

std::vector<OpenRuns> open_runs(SqliteConnection& c) { return read_open(c.database()); }

std::vector<OpenRuns> open_runs_in(const std::filesystem::path& file) {
    return read_in(file, read_open);
}

std::vector<RunsOfSystem> systems_of_open_runs_in(const std::filesystem::path& file) {
    return read_in(file, read_systems);
}

}  // namespace gantry::host
