// Looking for runs. No list reads a payload, and none walks through finished runs unless they are
// what is looked for; but RunFilter::id_end, which a person types for one run, looks at every id.
#pragma once

#include "store/sqlite.hpp"
#include "store/store.hpp"

namespace gantry::host {

/// See the functions of Store with these names. What fails throws SQLite::Exception.
std::optional<RunRow> run_named(SqliteConnection& c, const std::string& workflow,
                                const std::string& id);
/// For the two below: which runs need a person though nobody has taken them up. Empty: none.
std::string stranded_text(const std::vector<StrandedRuns>& runs);
std::vector<RunRow> runs(SqliteConnection& c, const RunFilter& filter,
                         const std::string& stranded = {});
std::int64_t count(SqliteConnection& c, const RunFilter& filter, std::int64_t at_most,
                   const std::string& stranded = {});
std::map<std::string, std::int64_t> waiting(SqliteConnection& c);
std::map<std::string, std::int64_t> waiting_since(SqliteConnection& c);

}  // namespace gantry::host
