// A claim takes the row under fence + 1 and reads all that is the run's. What cannot be read is set
// aside with the reason, so that it stops nobody.
#include "store/claims.hpp"

#include "store/signals.hpp"
#include "store/sqlite_rows.hpp"
#include "store/turns.hpp"

#include <sqlite3.h>

#include <iterator>
#include <limits>
#include <map>
#include <stdexcept>
#include <utility>

namespace gantry::host {
namespace {

using Transaction = SQLite::Transaction;
constexpr auto kImmediate = SQLite::TransactionBehavior::IMMEDIATE;

// 1 now 2 limit. The words are those of the indexes run_due and run_suspect.
constexpr const char* kDueNow =
    "SELECT run_id FROM run WHERE wake_at IS NOT NULL AND wake_at <= ?1 AND owner IS NULL"
    " AND finished_at IS NULL AND crashes = 0 ORDER BY wake_at LIMIT ?2";
constexpr const char* kSuspectsNow =
    "SELECT run_id FROM run WHERE wake_at IS NOT NULL AND wake_at <= ?1 AND owner IS NULL"
    " AND finished_at IS NULL AND crashes > 0 ORDER BY wake_at LIMIT ?2";

// 1 after
constexpr const char* kNextDue =
    "SELECT min(wake_at) FROM run WHERE wake_at IS NOT NULL AND wake_at > ?1 AND owner IS NULL"
    " AND finished_at IS NULL AND crashes = 0";
constexpr const char* kNextSuspect =
    "SELECT min(wake_at) FROM run WHERE wake_at IS NOT NULL AND wake_at > ?1 AND owner IS NULL"
    " AND finished_at IS NULL AND crashes > 0";

// 1 run_id 2 owner
constexpr const char* kOwn =
    "UPDATE run SET owner = ?2, fence = fence + 1, wake_at = NULL WHERE run_id = ?1";

// 1 run_id 2 waits_for. One that is over stays so.
constexpr const char* kSetAside =
    "UPDATE run SET status = 'paused', wanted = 'pause', waits_for = ?2, wake_at = NULL,"
    " owner = NULL, fence = fence + 1 WHERE run_id = ?1 AND finished_at IS NULL";

// 1 run_id
constexpr const char* kSuspect =
    "UPDATE run SET crashes = crashes + 1 WHERE run_id = ?1 AND owner IS NOT NULL";

// 1 owner 2 limit
constexpr const char* kOfOthers =
    "SELECT run_id, name, turn, finished_at IS NOT NULL FROM run"
    " WHERE owner IS NOT NULL AND owner <> ?1 LIMIT ?2";
constexpr const char* kMine =
    "SELECT run_id, name, turn, finished_at IS NOT NULL FROM run WHERE owner = ?1 LIMIT ?2";

// 1 run_id 2 now. One that is over was claimed to be tried again: it is over still.
constexpr const char* kGiveUp =
    "UPDATE run SET owner = NULL, fence = fence + 1,"
    " wake_at = CASE WHEN finished_at IS NULL THEN ?2 END WHERE run_id = ?1";

// 1 from 2 to 3 now
constexpr const char* kWake =
    "UPDATE run SET wake_at = ?3 WHERE waits_for IS NOT NULL AND waits_for >= ?1"
    " AND waits_for < ?2 AND owner IS NULL AND finished_at IS NULL";

// Delays between attempts of runs that nobody owns are moved with the last write of their runs: the
// span between the two is what was left. First the steps: the runs say which, and by how much.
struct DelayMove {
    DelayMove(const std::string& by, const std::string& which)
        : steps(
              "UPDATE step SET wake_at = wake_at + (SELECT " + by +
              " FROM run WHERE run.run_id = step.run_id) WHERE run_id IN (SELECT run_id FROM run" +
              which + ") AND status = 'started' AND under_way = 0 AND wake_at IS NOT NULL" +
              " AND module <> ''"),
          runs("UPDATE run SET updated_at = updated_at + " + by + ", wake_at = min(wake_at + " +
               by + ", ifnull(deadline_at, wake_at + " + by + "))" + which) {}
    const std::string steps;
    const std::string runs;
};

const std::string kDelayed =
    " WHERE waits_for IS NOT NULL AND waits_for >= 'delay:' AND waits_for < 'delay;'"
    " AND owner IS NULL AND finished_at IS NULL AND wake_at IS NOT NULL";
// 1 ms
const DelayMove kWithClock("?1", kDelayed);
// 1 now. What was written at a time that has not come was written by another clock: as if now.
const DelayMove kToNow("?1 - updated_at", kDelayed + " AND updated_at > ?1");

void move(SqliteConnection& c, const DelayMove& how, std::int64_t number) {
    Transaction transaction(c.database(), kImmediate);
    for (const auto* sql : {&how.steps, &how.runs}) {
        const auto s = c.prepare(sql->c_str());
        s->bind(1, number);
        s->exec();
    }
    transaction.commit();
}

void own(SqliteConnection& c, RunRow& run, const std::string& me) {
    const auto s = c.prepare(kOwn);
    s->bindNoCopy(1, run.id);
    s->bindNoCopy(2, me);
    s->exec();
    run.owner = me;
    ++run.fence;
}

// Of a run: pages that it stands on are broken. SQLite takes nothing more in a transaction that met
// one, not even what has to do with other pages.
struct Broken : std::runtime_error {
    Broken(std::string id, const char* why) : std::runtime_error(why), run_id(std::move(id)) {}
    std::string run_id;
};
using BrokenRuns = std::map<std::string, std::string>;  // and why

template <typename Fn>
auto of_run(const std::string& run_id, Fn fn) {
    try {
        return fn();
    } catch (const SQLite::Exception& e) {
        if (e.getErrorCode() != SQLITE_CORRUPT) throw;
        throw Broken(run_id, e.what());
    }
}

// What `fn(broken)` gives, in a transaction of its own, in which it leaves those runs alone: begun
// anew for each that it meets.
template <typename Fn>
auto without_broken(SqliteConnection& c, Fn fn) {
    BrokenRuns broken;
    for (;;) {
        try {
            Transaction transaction(c.database(), kImmediate);
            auto result = fn(broken);
            transaction.commit();
            return result;
        } catch (const Broken& e) {
            broken.emplace(e.run_id, "run " + e.run_id + " cannot be read: " + e.what());
        }
    }
}

void set_aside(SqliteConnection& c, const std::string& run_id, const std::string& why) {
    const std::string reason = "store: " + why;
    const auto s = c.prepare(kSetAside);
    s->bindNoCopy(1, run_id);
    s->bindNoCopy(2, reason);
    s->exec();
}

// Each by itself. False: the row of one cannot be written either, and stays as it is.
bool set_aside(SqliteConnection& c, const BrokenRuns& broken) {
    bool all = true;
    for (const auto& [run_id, why] : broken) {
        try {
            Transaction transaction(c.database(), kImmediate);
            of_run(run_id, [&, &id = run_id, &reason = why] { set_aside(c, id, reason); });
            transaction.commit();
        } catch (const Broken&) {
            all = false;
        }
    }
    return all;
}

void refuse_unreadable(const ClaimedRun& claimed) {
    const auto refuse = [&](const std::string& why) {
        throw Error(GANTRY_E_INTERNAL, "run " + claimed.run.id + " cannot be read: " + why);
    };
    if (claimed.run.unreadable) refuse(*claimed.run.unreadable);
    for (const auto& step : claimed.steps) {
        if (step.unreadable) refuse("step " + step.path + ": " + *step.unreadable);
    }
}

// Throws Error when the run cannot be understood.
ClaimedRun take(SqliteConnection& c, const std::string& run_id, const std::string& me) {
    ClaimedRun claimed;
    claimed.run = *run_of(c, run_id);
    claimed.steps = steps_of(c, run_id);
    claimed.signals = signals_of(c, run_id);
    refuse_unreadable(claimed);
    own(c, claimed.run, me);
    return claimed;
}

bool holds_turn(SqliteConnection& c, const RunRow& run, bool take, std::int64_t now) {
    if (!run.turn) return true;
    return take ? take_turn(c, run, now) : turn_holder(c, run.workflow, *run.turn) == run.id;
}

std::vector<std::string> due_now(SqliteConnection& c, const char* which, std::int64_t now,
                                 std::int64_t limit, const BrokenRuns& broken) {
    const auto s = c.prepare(which);
    s->bind(1, now);
    s->bind(2, limit + std::ssize(broken));
    std::vector<std::string> ids;
    while (std::ssize(ids) < limit && s->executeStep()) {
        auto id = s->getColumn(0).getString();
        if (!broken.contains(id)) ids.push_back(std::move(id));
    }
    return ids;
}

std::optional<std::int64_t> next_after(SqliteConnection& c, const char* which, std::int64_t after) {
    const auto s = c.prepare(which);
    s->bind(1, after);
    s->executeStep();
    return number_or_null(*s, 0);
}

std::size_t give_up(SqliteConnection& c, const char* which, const std::string& me, std::int64_t now,
                    std::int64_t limit, const BrokenRuns& broken) {
    struct Owned {
        std::string id;
        std::string workflow;
        std::optional<std::string> turn;
        bool is_over = false;
    };
    std::vector<Owned> all;
    {
        const auto s = c.prepare(which);
        s->bindNoCopy(1, me);
        s->bind(2, limit < 0 ? limit : limit + std::ssize(broken));
        while (s->executeStep()) {
            all.push_back({s->getColumn(0).getString(), s->getColumn(1).getString(),
                           text_or_null(*s, 2), s->getColumn(3).getInt() != 0});
        }
    }
    std::size_t given_up = 0;
    for (const auto& run : all) {
        if (broken.contains(run.id)) continue;  // nobody accounts for it, which is told
        of_run(run.id, [&] {
            const auto s = c.prepare(kGiveUp);
            s->bindNoCopy(1, run.id);
            s->bind(2, now);
            s->exec();
            if (run.turn && run.is_over) settle_turn(c, run.workflow, *run.turn, now);
        });
        ++given_up;
    }
    return given_up;
}

}  // namespace

void suspect(SqliteConnection& c, const std::vector<std::string>& run_ids) {
    Transaction transaction(c.database(), kImmediate);
    for (const auto& id : run_ids) {
        const auto s = c.prepare(kSuspect);
        s->bindNoCopy(1, id);
        s->exec();
    }
    transaction.commit();
}

std::size_t sweep(SqliteConnection& c, const std::string& me, std::int64_t now,
                  std::int64_t limit) {
    return without_broken(
        c, [&](const BrokenRuns& broken) { return give_up(c, kOfOthers, me, now, limit, broken); });
}

void release(SqliteConnection& c, const std::string& me, std::int64_t now) {
    without_broken(
        c, [&](const BrokenRuns& broken) { return give_up(c, kMine, me, now, -1, broken); });
}

Due claim_due(SqliteConnection& c, const std::string& me, std::int64_t now, std::int64_t limit,
              bool suspects) {
    BrokenRuns met;
    auto claimed = without_broken(c, [&](const BrokenRuns& broken) {
        met = broken;
        Due due;
        const auto take_up = [&](const char* which, std::int64_t most) {
            const auto ids = due_now(c, which, now, most, broken);
            for (const auto& id : ids) {
                of_run(id, [&] {
                    try {
                        auto taken = take(c, id, me);
                        taken.holds_turn = holds_turn(c, taken.run, /*take=*/true, now);
                        due.runs.push_back(std::move(taken));
                    } catch (const Error& e) {
                        set_aside(c, id, e.message());
                        due.unreadable[id] = e.message();
                    }
                });
            }
            return !ids.empty();
        };
        // One that cannot be read is set aside, and is none any more: the next one's turn has come.
        while (suspects && due.runs.empty() && take_up(kSuspectsNow, 1)) {
        }
        take_up(kDueNow, limit);
        // Suspects that are due are asked for when the one before them has passed.
        due.next = next_after(c, kNextDue, std::numeric_limits<std::int64_t>::min());
        const auto suspect = next_after(c, kNextSuspect, now);
        if (suspect && (!due.next || *suspect < *due.next)) due.next = suspect;
        return due;
    });
    claimed.failed = !set_aside(c, met);
    claimed.unreadable.merge(met);
    return claimed;
}

Claim claim(SqliteConnection& c, const std::string& me, std::int64_t now, const std::string& run_id,
            bool take_it) {
    BrokenRuns met;
    auto claimed = without_broken(c, [&](const BrokenRuns& broken) {
        met = broken;
        Claim claim;
        if (!broken.empty()) {
            claim.error = Error(GANTRY_E_INTERNAL, broken.begin()->second);
            return claim;
        }
        return of_run(run_id, [&] {
            try {
                auto there = listed_run_of(c, run_id);
                if (!there) return claim;
                if (there->owner || there->status == RunStatus::kReverted ||
                    (there->status == RunStatus::kDone && !take_it)) {
                    claim.there = std::move(there);
                    return claim;
                }
                claim.taken = take(c, run_id, me);
                claim.taken->holds_turn = holds_turn(c, claim.taken->run, take_it, now);
            } catch (const Error& e) {
                claim.error = e;
                set_aside(c, run_id, e.message());
            }
            return claim;
        });
    });
    set_aside(c, met);
    return claimed;
}

void wake(SqliteConnection& c, const std::string& kind, std::int64_t now) {
    const std::string from = kind + ":";
    const std::string to = kind + ";";
    const auto s = c.prepare(kWake);
    s->bindNoCopy(1, from);
    s->bindNoCopy(2, to);
    s->bind(3, now);
    s->exec();
}

void move_delays(SqliteConnection& c, std::int64_t ms) { move(c, kWithClock, ms); }

void bound_delays(SqliteConnection& c, std::int64_t now) { move(c, kToNow, now); }

}  // namespace gantry::host
