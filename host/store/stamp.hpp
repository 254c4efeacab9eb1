// A number that rises at each start and orderly end of a host, and once a minute while it writes:
// in the store, and in a file beside it. A store that was put back alone is behind its file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace gantry::host {

class SqliteConnection;

struct Stamp {
    std::string id;  // of the store, made with it; empty: there is none
    std::int64_t count = 0;
    std::int64_t written = -1;  // by the connection, when it was raised last
};

/// "PATH.stamp". It is written after the store is: never ahead of it, whenever the process ends.
std::filesystem::path stamp_file(const std::filesystem::path& store);
/// Of the file beside it; without an id where there is none that can be read.
Stamp read_stamp(const std::filesystem::path& store);
/// All of it or nothing, durable. Throws Error UNAVAILABLE.
void write_stamp(const std::filesystem::path& store, const Stamp& stamp);
/// For when the store itself is lost: the same where its folder was deleted, and throws nothing.
void leave_stamp(const std::filesystem::path& store, const Stamp& stamp) noexcept;

/// Throws Error CONFIG, before anything is made: the file beside the store says that there was one,
/// and there is none; or a restore into it has not ended.
void refuse_a_vanished(const std::filesystem::path& store);

/// Of the store itself. What fails throws SQLite::Exception.
Stamp stamp_of(SqliteConnection& c);
void put_stamp(SqliteConnection& c, const Stamp& stamp);

/// The start of a host or command on a migrated store: the next number. Where the store is behind
/// the file beside it, or is another one, its open runs are paused as "restored", and what was
/// found is said, for people.
std::string check_stamp(SqliteConnection& c, const std::filesystem::path& store, std::int64_t now);

/// The next number after `stamp`, in the store and then in the file, unless this connection has
/// written nothing since.
void raise_stamp(SqliteConnection& c, const std::filesystem::path& store, Stamp& stamp);

}  // namespace gantry::host
