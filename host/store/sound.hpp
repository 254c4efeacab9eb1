// Whether a file is a whole SQLite database.
#pragma once

#include <filesystem>

namespace gantry::host {

/// Throws Error INVALID_DATA, which does not name the file: it is empty, no SQLite database, or
/// damaged. Takes up what stands in a "-wal" or a "-journal" beside it; nobody else may use it
/// meanwhile.
void refuse_unsound(const std::filesystem::path& file);

}  // namespace gantry::host
