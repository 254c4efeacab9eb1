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
    std::string def_hash;
    std::string definition;  // its text
    std::string pins;
    std::int64_t count = 0;
    std::string example;  // the id of one of them
};

/// Those that this host cannot go on with.
struct StrandedRuns {
    OpenRuns runs;
    std::string why;
};

/// Open runs of one workflow and with the same pins that have noted for their undo of which system
/// it is: where a connector calls that by its url, the name has "://".
struct RunsOfSystem {
    std::string workflow;
    std::string pins;
    std::string system;
    std::int64_t count = 0;
    std::string example;  // the id of one of them
};

/// Reads all of them. What fails throws SQLite::Exception.
std::vector<OpenRuns> open_runs(SqliteConnection& c);

/// Those of a store that another process may be using; takes no lock, changes and makes nothing.
/// None where there is no such file. Throws Error of class RETRYABLE when it cannot be read.
std::vector<OpenRuns> open_runs_in(const std::filesystem::path& file);
/// The same of the systems with such names; looks into what their steps have noted.
std::vector<RunsOfSystem> systems_of_open_runs_in(const std::filesystem::path& file);

}  // namespace gantry::host
