// What the runs of a store that are not over began with.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace gantry::host {

class SqliteConnection;

/// Runs that are not over, of one definition and with the same pins.
struct OpenRuns {
    std::string workflow;
    std::string definition;  // its text
    std::string pins;
    std::int64_t count = 0;
    std::string example;  // the id of one of them
};

/// Reads all of them. What fails throws SQLite::Exception.
std::vector<OpenRuns> open_runs(SqliteConnection& c);

/// Those of a store that another process may be using; takes no lock, changes and makes nothing.
/// None where there is no such file. Throws Error of class RETRYABLE when it cannot be read.
std::vector<OpenRuns> open_runs_in(const std::filesystem::path& file);

}  // namespace gantry::host
