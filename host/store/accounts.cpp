// Those that may be unaccounted for are found by indexes in which the others do not stand, however
// many wait, and judged one by one.
#include "store/accounts.hpp"

#include <algorithm>
#include <array>

namespace gantry::host {
namespace {

// What a run may wait for without a time at which it is due, sorted: each of them is listed to
// people, or ends with a commit that makes the run due.
constexpr std::array<std::string_view, 8> kReasons = {"configuration", "person", "plugin", "poison",
                                                      "restored",      "signal", "store",  "turn"};

// Whether the run waits for a turn that is held by no run that counts: one that is under way, other
// than one that would wait for itself.
const std::string kTurnless =
    "(r.waits_for >= 'turn:' AND r.waits_for < 'turn;' AND NOT EXISTS (SELECT 1 FROM turn AS t"
    "   JOIN run AS h ON h.run_id = t.run_id"
    "   WHERE t.name = r.name AND t.turn = r.turn"
    "   AND (h.finished_at IS NULL OR h.owner IS NOT NULL)"
    "   AND (h.run_id <> r.run_id OR r.wake_at IS NOT NULL)))";

// 1 this host 2 who was due before then is late. The words are those of the indexes.
std::string candidates() {
    const std::string open = " AND r.finished_at IS NULL";
    const std::string due = "r.wake_at IS NOT NULL AND r.wake_at < ?2 AND r.owner IS NULL" + open;
    const std::string idle = "r.owner IS NULL AND r.wake_at IS NULL" + open;
    std::vector<std::string> all = {
        "r.owner IS NOT NULL AND r.owner < ?1" + open,
        "r.owner IS NOT NULL AND r.owner > ?1" + open,
        due + " AND r.crashes = 0",
        due + " AND r.crashes > 0",
        kTurnless + " AND r.owner IS NULL" + open,
        idle + " AND r.waits_for IS NULL",
    };
    std::string from;  // between the reasons
    for (const auto reason : kReasons) {
        auto& between = all.emplace_back(idle);
        between.append(" AND r.waits_for >= '").append(from).append("' AND r.waits_for < '");
        between.append(reason).append(":'");
        from.assign(reason).append(";");
    }
    all.push_back(idle + " AND r.waits_for >= '" + from + "'");
    std::string sql;
    for (const auto& which : all) {
        if (!sql.empty()) sql += " UNION ";
        sql.append("SELECT r.run_id, r.owner, r.wake_at, r.waits_for, ").append(kTurnless);
        sql.append(", r.crashes FROM run AS r WHERE ").append(which);
    }
    return sql;
}

// 1 owner 2 updated_at at the latest
constexpr const char* kOwned =
    "SELECT run_id FROM run WHERE owner = ?1 AND updated_at <= ?2 AND finished_at IS NULL";

// 1 run_id 2 owner
constexpr const char* kIsOwned =
    "SELECT 1 FROM run WHERE run_id = ?1 AND owner = ?2 AND finished_at IS NULL";

// 1 this host
constexpr const char* kTried =
    "SELECT 1 FROM run WHERE owner = ?1 AND crashes > 0 AND finished_at IS NULL LIMIT 1";

bool tries_a_suspect(SqliteConnection& c, const std::string& me) {
    const auto s = c.prepare(kTried);
    s->bindNoCopy(1, me);
    return s->executeStep();
}

// Nothing: it is accounted for.
std::optional<Unaccounted> judged(SQLite::Statement& row, const std::string& me, std::int64_t now,
                                  std::int64_t patience_ms) {
    Unaccounted run{row.getColumn(0).getString(), {}};
    if (const auto owner = text_or_null(row, 1)) {
        if (*owner == me) return std::nullopt;
        run.why = "host " + *owner + " owns it, which is not the one that serves";
        return run;
    }
    const auto wake_at = number_or_null(row, 2);
    const auto reason = text_or_null(row, 3).value_or("");
    if (row.getColumn(4).getInt() != 0) {
        run.why = "it waits for a turn that nobody holds: " + reason;
        return run;
    }
    if (wake_at) {
        if (now - *wake_at <= patience_ms) return std::nullopt;
        run.why =
            "it is due since " + std::to_string(now - *wake_at) + " ms, and nobody took it up";
        run.due_at = wake_at;
        run.is_suspect = row.getColumn(5).getInt() > 0;
        return run;
    }
    const auto kind = reason.substr(0, reason.find(':'));
    if (std::find(kReasons.begin(), kReasons.end(), kind) != kReasons.end()) return std::nullopt;
    run.why = reason.empty() ? "nobody owns it, it is due at no time and says no reason"
                             : "nobody owns it, it is due at no time, and its reason is none that"
                               " ends: " +
                                   reason;
    return run;
}

}  // namespace

std::vector<Unaccounted> unaccounted(SqliteConnection& c, const std::string& me, std::int64_t now,
                                     std::int64_t patience_ms) {
    static const std::string kCandidates = candidates();
    const auto s = c.prepare(kCandidates.c_str());
    s->bindNoCopy(1, me);
    s->bind(2, now - patience_ms);
    std::vector<Unaccounted> found;
    std::optional<bool> tries;  // asked where a suspect is among them
    while (s->executeStep()) {
        auto run = judged(*s, me, now, patience_ms);
        if (!run) continue;
        if (run->is_suspect) {
            if (!tries) tries = tries_a_suspect(c, me);
            run->one_is_tried = *tries;
        }
        found.push_back(std::move(*run));
    }
    return found;
}

std::vector<std::string> owned(SqliteConnection& c, const std::string& me, std::int64_t until) {
    const auto s = c.prepare(kOwned);
    s->bindNoCopy(1, me);
    s->bind(2, until);
    std::vector<std::string> ids;
    while (s->executeStep()) ids.push_back(s->getColumn(0).getString());
    return ids;
}

bool is_owned(SqliteConnection& c, const std::string& run_id, const std::string& me) {
    const auto s = c.prepare(kIsOwned);
    s->bindNoCopy(1, run_id);
    s->bindNoCopy(2, me);
    return s->executeStep();
}

}  // namespace gantry::host
