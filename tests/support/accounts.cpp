// The store says it, as if it were served.
#include "support/accounts.hpp"

#include "store/accounts.hpp"

#include <set>

namespace gantry::test {

std::vector<std::string> unaccounted_runs(const std::filesystem::path& store) {
    if (!std::filesystem::exists(store)) return {};
    std::vector<std::string> lines;
    try {
        host::SqliteConnection connection(store.string(), host::SqliteConnection::Mode::kRead);
        std::set<std::string> owned;
        SQLite::Statement s(connection.database(),
                            "SELECT run_id FROM run WHERE owner IS NOT NULL");
        while (s.executeStep()) owned.insert(s.getColumn(0).getString());
        // Before any time at which one is due.
        for (const auto& run : host::unaccounted(connection, "", 0, 0)) {
            if (!owned.contains(run.run_id)) lines.push_back(run.run_id + ": " + run.why);
        }
    } catch (const SQLite::Exception& e) {
        lines.push_back(store.string() + ": " + e.what());
    }
    return lines;
}

}  // namespace gantry::test
