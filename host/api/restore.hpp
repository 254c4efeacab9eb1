// A backup put in the place of the store and of the modules' files.
#pragma once

#include "base/config.hpp"

#include <filesystem>

namespace gantry::host {

/// Puts the backup in `directory` where `config` has the store and its modules' files; open runs
/// are paused as "restored". What stands there is moved aside, if `replace`. {"at", "store",
/// "runs", "files", "moved", "missing"}. Throws Error before anything is changed: INVALID_DATA,
/// CONFIG, a host runs; UNAVAILABLE later: no host starts until it was done again.
json restore_backup(const Config& config, const std::filesystem::path& directory, bool replace);

}  // namespace gantry::host
