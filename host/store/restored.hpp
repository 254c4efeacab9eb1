// What a store that is put back does not know: what its open runs did since.
#pragma once

#include "store/stamp.hpp"

#include <filesystem>

namespace gantry::host {

/// Pauses every run that is not over, as "restored: `why`", owned by nobody. How many. Within a
/// transaction of the caller. What fails throws SQLite::Exception.
std::size_t pause_as_restored(SqliteConnection& c, const std::string& why, std::int64_t now);

/// Makes a copy of a store ready to be put in the place of `store`: its open runs are paused, and
/// its stamp is later than the one that stands there. Throws Error CONFIG, which does not name the
/// file: it is of a newer program, or no store.
struct Restored {
    std::size_t runs;  // that were paused
    Stamp stamp;
};
Restored prepare_restored(const std::filesystem::path& copy, const std::filesystem::path& store,
                          const std::string& why);

/// There while a restore puts files into their places: no host starts.
std::filesystem::path restoring_mark(const std::filesystem::path& store);

}  // namespace gantry::host
