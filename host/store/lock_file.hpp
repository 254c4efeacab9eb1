// One host per store: a lock on a file beside it, which also tells how to reach that host, and one
// on the store itself.
#pragma once

#include <gantry/error.hpp>

#include <filesystem>
#include <optional>
#include <string>

namespace gantry::host {

/// What the owner of a store says of itself.
struct LockOwner {
    long pid = 0;
    std::string who;      // "gantry serve"
    std::string address;  // "http://127.0.0.1:9000"; empty: it serves nothing
    std::string token;    // of the management API
};

/// Held until destroyed or until the process ends, however it ends.
class LockFile {
public:
    /// `path` + ".lock", see open_own_file. Throws Error of class CONFIG that names the owner, with
    /// details {"in_use": true}, when another process holds it.
    LockFile(const std::filesystem::path& path, const LockOwner& self);
    ~LockFile();
    LockFile(const LockFile&) = delete;
    LockFile& operator=(const LockFile&) = delete;

    /// Tells others how to reach this process.
    void publish(const LockOwner& self);

    /// Who holds the lock of `path` now; nothing when nobody does, or where the file is of a user
    /// who is neither this one nor root (for root also: to whom the folder belongs).
    static std::optional<LockOwner> holder(const std::filesystem::path& path);

private:
    std::filesystem::path path_;
    int fd_ = -1;
};

/// A second lock, on the database itself, for when somebody deletes the lock file: on a byte that
/// SQLite never uses. Closing any descriptor of a file drops SQLite's own locks of it, so this one
/// is opened before all connections to the file and goes after them.
class DatabaseLock {
public:
    /// Makes the file when it is missing, see open_own_file. Throws as LockFile does.
    explicit DatabaseLock(const std::filesystem::path& path);
    ~DatabaseLock();
    DatabaseLock(const DatabaseLock&) = delete;
    DatabaseLock& operator=(const DatabaseLock&) = delete;

private:
    int fd_ = -1;
};

}  // namespace gantry::host
