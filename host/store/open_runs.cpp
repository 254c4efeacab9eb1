// Runs that began alike are one row, so that many cost what few do.
#include "store/open_runs.hpp"

#include "store/sqlite.hpp"

#include <array>

namespace gantry::host {
namespace {

constexpr const char* kOpenRuns =
    "SELECT run.name, body, pins, count(*), min(run_id) FROM run JOIN definition USING (def_hash)"
    " WHERE status IN ('invoking', 'waiting', 'compensating', 'paused')"
    " GROUP BY run.name, def_hash, pins ORDER BY run.name, min(run_id)";

std::vector<OpenRuns> read_open(SQLite::Database& database) {
    std::vector<OpenRuns> all;
    SQLite::Statement row(database, kOpenRuns);
    while (row.executeStep()) {
        all.push_back({row.getColumn(0).getString(), row.getColumn(1).getString(),
                       row.getColumn(2).getString(), row.getColumn(3).getInt64(),
                       row.getColumn(4).getString()});
    }
    return all;
}

// A file that nobody has open is read without the one beside it that SQLite would make.
std::string uri_of(const std::filesystem::path& file) {
    std::string out = "file:";
    for (const char c : file.string()) {
        constexpr std::string_view kSpecial = "%?#";
        if (kSpecial.find(c) == std::string_view::npos) {
            out += c;
            continue;
        }
        std::array<char, 4> code{};
        std::snprintf(code.data(), code.size(), "%%%02X", static_cast<unsigned char>(c));
        out += code.data();
    }
    std::error_code none;
    const auto wal = std::filesystem::file_size(file.string() + "-wal", none);
    return none || wal == 0 ? out + "?immutable=1" : out;
}

}  // namespace

std::vector<OpenRuns> open_runs(SqliteConnection& c) { return read_open(c.database()); }

std::vector<OpenRuns> open_runs_in(const std::filesystem::path& file) {
    if (!std::filesystem::exists(file)) return {};
    try {
        constexpr int kBusyMs = 5000;
        SQLite::Database database(uri_of(file), SQLite::OPEN_READONLY | SQLite::OPEN_URI, kBusyMs);
        return read_open(database);
    } catch (const SQLite::Exception& e) {
        throw Error(GANTRY_E_UNAVAILABLE,
                    "the open runs of " + file.string() + " cannot be read: " + e.what());
    }
}

}  // namespace gantry::host
