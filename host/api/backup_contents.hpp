// What a backup says of itself: backup.json.
#pragma once

#include <gantry/json.hpp>

#include <filesystem>
#include <string>

namespace gantry::host {

inline constexpr const char* kBackupFile = "backup.json";
inline constexpr int kBackupFormat = 1;

/// backup.json of `directory`, whose shape, times and names are as they may be: no module, option
/// or file is listed twice, and no name leads elsewhere. The files are not looked at. Throws Error
/// INVALID_DATA.
json read_backup(const std::filesystem::path& directory);

/// Whether `name` can be the name of a file in a folder, and of nothing elsewhere.
bool is_plain_name(const std::string& name);

}  // namespace gantry::host
