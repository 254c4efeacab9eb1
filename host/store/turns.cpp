// Each function mends the state of one turn, whatever happened to it before.
#include "store/turns.hpp"

#include "base/fault.hpp"

namespace gantry::host {
namespace {

// 1 name 2 turn. Its holder, and whether that one still counts.
constexpr const char* kHolder =
    "SELECT t.run_id, r.run_id IS NOT NULL AND (r.finished_at IS NULL OR r.owner IS NOT NULL)"
    " FROM turn AS t LEFT JOIN run AS r ON r.run_id = t.run_id"
    " WHERE t.name = ?1 AND t.turn = ?2";

// 1 name 2 turn. Who waits for it; the words are those of the index run_line.
const std::string kLine =
    "SELECT run_id FROM run WHERE name = ?1 AND turn = ?2 AND waits_for >= 'turn:'"
    " AND waits_for < 'turn;' AND finished_at IS NULL";
const std::string kFirst = kLine + " ORDER BY accepted LIMIT 1";
const std::string kFirstById = kLine + " ORDER BY run_id LIMIT 1";

// 1 name 2 turn 3 run_id
constexpr const char* kGive =
    "INSERT INTO turn (name, turn, run_id) VALUES (?1, ?2, ?3)"
    " ON CONFLICT (name, turn) DO UPDATE SET run_id = ?3";
constexpr const char* kTake =
    "INSERT INTO turn (name, turn, run_id) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";

// 1 name 2 turn
constexpr const char* kNobody = "DELETE FROM turn WHERE name = ?1 AND turn = ?2";

// 1 run_id 2 now
constexpr const char* kHolderDue =
    "UPDATE run SET wake_at = min(ifnull(wake_at, ?2), ?2)"
    " WHERE run_id = ?1 AND owner IS NULL AND finished_at IS NULL"
    " AND waits_for >= 'turn:' AND waits_for < 'turn;'";

std::optional<std::string> first_in_line(SqliteConnection& c, const std::string& workflow,
                                         const std::string& turn) {
    const auto s = c.prepare((fault::without("turns") ? kFirstById : kFirst).c_str());
    s->bindNoCopy(1, workflow);
    s->bindNoCopy(2, turn);
    if (!s->executeStep()) return std::nullopt;
    return s->getColumn(0).getString();
}

struct Holder {
    std::optional<std::string> run_id;
    bool counts = false;
};

Holder find_holder(SqliteConnection& c, const std::string& workflow, const std::string& turn) {
    const auto s = c.prepare(kHolder);
    s->bindNoCopy(1, workflow);
    s->bindNoCopy(2, turn);
    if (!s->executeStep()) return {};
    return {s->getColumn(0).getString(), s->getColumn(1).getInt() != 0};
}

}  // namespace

bool waits_for_turn(const RunRow& run) {
    return run.waits_for && run.waits_for->starts_with("turn:");
}

std::optional<std::string> turn_holder(SqliteConnection& c, const std::string& workflow,
                                       const std::string& turn) {
    return find_holder(c, workflow, turn).run_id;
}

bool settle_turn(SqliteConnection& c, const std::string& workflow, const std::string& turn,
                 std::int64_t now) {
    auto [holder, counts] = find_holder(c, workflow, turn);
    if (!counts) {
        const bool was_held = holder.has_value();
        holder = first_in_line(c, workflow, turn);
        if (!holder && !was_held) return false;
        const auto s = c.prepare(holder ? kGive : kNobody);
        s->bindNoCopy(1, workflow);
        s->bindNoCopy(2, turn);
        if (holder) s->bindNoCopy(3, *holder);
        s->exec();
        if (!holder) return false;
    }
    const auto s = c.prepare(kHolderDue);
    s->bindNoCopy(1, *holder);
    s->bind(2, now);
    return s->exec() == 1;
}

bool take_turn(SqliteConnection& c, const RunRow& run, std::int64_t now) {
    settle_turn(c, run.workflow, *run.turn, now);
    {
        const auto s = c.prepare(kTake);
        s->bindNoCopy(1, run.workflow);
        s->bindNoCopy(2, *run.turn);
        s->bindNoCopy(3, run.id);
        s->exec();
    }
    return turn_holder(c, run.workflow, *run.turn) == run.id;
}

}  // namespace gantry::host
