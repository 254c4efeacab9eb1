// Files that hold what only their owner may read: the store and its lock.
#pragma once

#include <filesystem>

namespace gantry::host {

/// The folder, and those above it that are missing, made with mode 0700. Throws Error CONFIG.
void make_own_folder(const std::filesystem::path& path);

/// Throws Error CONFIG where the file is there and belongs to another user. Opens and makes
/// nothing.
void refuse_of_others(const std::filesystem::path& path);

/// Opens the file to read and write, made with mode 0600 when missing; close() is the caller's.
/// Throws Error CONFIG with the reason: it is a link, no plain file, somebody else's, or cannot be
/// opened.
int open_own_file(const std::filesystem::path& path);

/// Takes from others what they may do with a file of ours, where there is one. Opens nothing.
/// Throws Error CONFIG.
void keep_to_owner(const std::filesystem::path& path);

}  // namespace gantry::host
