// Who goes on with a run: sweeping up after dead hosts, and claiming what is due. On the writer's
// thread, between two batches, each in a transaction of its own. What fails throws
// SQLite::Exception.
#pragma once

#include "store/sqlite.hpp"
#include "store/store.hpp"

namespace gantry::host {

/// See the functions of Store with these names; `me` is Store::host, `now` Store::now.
void suspect(SqliteConnection& c, const std::vector<std::string>& run_ids);
std::size_t sweep(SqliteConnection& c, const std::string& me, std::int64_t now, std::int64_t limit);
Due claim_due(SqliteConnection& c, const std::string& me, std::int64_t now, std::int64_t limit,
              bool suspects);
Claim claim(SqliteConnection& c, const std::string& me, std::int64_t now, const std::string& run_id,
            bool take);
void release(SqliteConnection& c, const std::string& me, std::int64_t now);
void wake(SqliteConnection& c, const std::string& kind, std::int64_t now);
void move_delays(SqliteConnection& c, std::int64_t ms);
void bound_delays(SqliteConnection& c, std::int64_t now);

}  // namespace gantry::host
