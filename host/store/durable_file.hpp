// Files that are there whole and for good, or not at all.
#pragma once

#include <filesystem>
#include <string>

namespace gantry::host {

/// Writes `text` beside `file`, with mode 0600, and puts it in its place. Throws Error UNAVAILABLE.
void write_durably(const std::filesystem::path& file, const std::string& text);

/// A copy of `from`, made with mode 0600. Throws Error INVALID_DATA where `from` is no plain file,
/// UNAVAILABLE.
void copy_durably(const std::filesystem::path& from, const std::filesystem::path& to);

/// What was written to a file, or made, renamed and deleted in a folder, is on the disk. Throws
/// Error UNAVAILABLE.
void sync(const std::filesystem::path& file_or_folder);

/// A rename that is on the disk when this returns. Throws Error UNAVAILABLE.
void rename_durably(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace gantry::host
