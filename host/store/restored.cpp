// What a run waited for before stands behind the reason, and its history says that it was put back.
#include "store/restored.hpp"

#include "base/clock.hpp"
#include "store/migration.hpp"

#include <gantry/json.hpp>

namespace gantry::host {
namespace {

// 1 now 2 detail. Before the run's fence goes up: its first event under the next one.
constexpr const char* kTell =
    "INSERT INTO event (run_id, seq, at, kind, detail)"
    " SELECT run_id, (fence + 1) << 20, ?1, 'restored', ?2 FROM run WHERE finished_at IS NULL";

// 1 why. What a person has paused, or was pausing, or the host for the deaths it brought, stays so:
// who resumes what was restored does not mean that.
constexpr const char* kPause =
    "UPDATE run SET status = 'paused', wanted = 'pause', wake_at = NULL, owner = NULL,"
    " fence = fence + 1, crashes = 0, waits_for = CASE"
    " WHEN wanted = 'pause' AND status <> 'paused' THEN 'person: paused'"
    " WHEN waits_for >= 'person:' AND waits_for < 'person;' THEN waits_for"
    " WHEN waits_for >= 'poison:' AND waits_for < 'poison;' THEN waits_for"
    " WHEN waits_for IS NULL OR (waits_for >= 'restored:' AND waits_for < 'restored;') THEN ?1"
    " ELSE ?1 || ' (before: ' || waits_for || ')' END WHERE finished_at IS NULL";

}  // namespace

std::size_t pause_as_restored(SqliteConnection& c, const std::string& why, std::int64_t now) {
    const std::string detail = json{{"why", why}}.dump();
    const auto tell = c.prepare(kTell);
    tell->bind(1, now);
    tell->bindNoCopy(2, detail);
    tell->exec();
    const std::string reason = "restored: " + why;
    const auto pause = c.prepare(kPause);
    pause->bindNoCopy(1, reason);
    return static_cast<std::size_t>(pause->exec());
}

Restored prepare_restored(const std::filesystem::path& copy, const std::filesystem::path& store,
                          const std::string& why) {
    try {
        SqliteConnection c(copy.string(), SqliteConnection::Mode::kWrite);
        if (!c.database().tableExists("run")) {  // migrate() would begin an empty one
            throw Error(GANTRY_E_CONFIG, "it is no Gantry store");
        }
        migrate(c);
        SQLite::Transaction transaction(c.database(), SQLite::TransactionBehavior::IMMEDIATE);
        const auto paused = pause_as_restored(c, why, wall_ms());
        auto stamp = stamp_of(c);
        stamp.count = std::max(stamp.count, read_stamp(store).count) + 1;
        put_stamp(c, stamp);
        transaction.commit();
        return {paused, stamp};
    } catch (const SQLite::Exception& e) {
        throw Error(GANTRY_E_CONFIG, e.what());
    }
}

std::filesystem::path restoring_mark(const std::filesystem::path& store) {
    return store.string() + ".restoring";
}

}  // namespace gantry::host
