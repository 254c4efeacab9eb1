// The invariant of the store: an accepted run is over, or owned by a host that lives, or due at a
// time, or listed with a reason.
#pragma once

#include "store/sqlite.hpp"
#include "store/store.hpp"

namespace gantry::host {

/// See Store::unaccounted; `me` is Store::host, `now` Store::now.
std::vector<Unaccounted> unaccounted(SqliteConnection& c, const std::string& me, std::int64_t now,
                                     std::int64_t patience_ms);

/// The unfinished runs that `me` owns and that were last written at `until` or before.
std::vector<std::string> owned(SqliteConnection& c, const std::string& me, std::int64_t until);

/// Whether the run is unfinished and owned by `me`.
bool is_owned(SqliteConnection& c, const std::string& run_id, const std::string& me);

}  // namespace gantry::host
