// A backup on the disk: files of mode 0600 in a folder of mode 0700, and backup.json, which says
// what they are. Under its name it is whole, or not there.
#pragma once

#include <gantry/error.hpp>
#include <gantry/json.hpp>

#include <filesystem>
#include <string>

namespace gantry::host {

/// Being written, under another name beside it; gone again unless it was finished.
class BackupFolder {
public:
    /// Throws Error INVALID_DATA unless `directory` is an absolute path, not too long, of what is
    /// not there or an empty folder, and no link; CONFIG where it cannot be made.
    explicit BackupFolder(std::filesystem::path directory);
    ~BackupFolder();
    BackupFolder(const BackupFolder&) = delete;
    BackupFolder& operator=(const BackupFolder&) = delete;

    const std::filesystem::path& path() const { return beside_; }
    /// A folder in it.
    std::filesystem::path make(const std::string& name) const;
    /// A file that was written into it becomes one of the backup: its name within, and its hash.
    json take(const std::filesystem::path& file) const;
    /// Writes backup.json and gives the folder its name.
    void finish(const json& contents);

private:
    const std::filesystem::path directory_;
    const std::filesystem::path beside_;
};

}  // namespace gantry::host
