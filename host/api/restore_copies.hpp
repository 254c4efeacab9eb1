// The files of a backup, copied beside the places where they belong.
#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <vector>

namespace gantry::host {

/// What SQLite keeps beside a file is of that file alone.
inline constexpr std::array<const char*, 4> kCompanions = {"", "-wal", "-shm", "-journal"};

struct PutBack {
    std::filesystem::path from;
    std::filesystem::path to;
    std::string sha256;
    bool is_database;  // of SQLite

    std::filesystem::path beside() const { return to.string() + ".restore-new"; }
};

/// Gone at the end but for those that were put into their places.
class Copies {
public:
    /// `places` outlive it. Throws Error INVALID_DATA that names the file: it is no plain one,
    /// another one than was backed up, or no sound database; UNAVAILABLE.
    explicit Copies(const std::vector<PutBack>& places);
    ~Copies();
    Copies(const Copies&) = delete;
    Copies& operator=(const Copies&) = delete;

private:
    void remove() const;

    const std::vector<PutBack>& places_;
};

}  // namespace gantry::host
