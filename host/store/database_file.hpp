// What a file is that a module is given as its database.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace gantry::host {

struct DatabaseFile {
    bool is_sqlite = false;
    bool is_store = false;  // of a host
    std::string plugin;     // whose tables say so; empty: they do not
};

/// Reads alone; of one that is in use SQLite may make the file it shares. Nothing where there is no
/// such file or it is empty, which becomes what a module makes of it, or where it cannot be read.
std::optional<DatabaseFile> look_at_database(const std::filesystem::path& file);

/// A URI by which SQLite opens a file for reading without making another one beside it.
std::string uri_for_looking(const std::filesystem::path& file);

}  // namespace gantry::host
