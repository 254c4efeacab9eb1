// A signal and what it makes due are one transaction: whoever waits is due also after a crash that
// comes now.
#include "store/signals.hpp"

#include "base/json_text.hpp"
#include "store/records.hpp"
#include "store/sqlite_rows.hpp"

#include <gantry/json.hpp>

namespace gantry::host {
namespace {

// 1 run_id
constexpr const char* kOpen =
    "SELECT signal_id, name, payload, created_at FROM signal"
    " WHERE run_id = ?1 AND consumed_at IS NULL ORDER BY created_at, signal_id";

// 1 run_id 2 signal_id
constexpr const char* kBefore =
    "SELECT consumed_at IS NOT NULL FROM signal WHERE run_id = ?1 AND signal_id = ?2";

// 1 run_id 2 signal_id 3 name 4 payload 5 created_at
constexpr const char* kInsertSignal =
    "INSERT INTO signal (run_id, signal_id, name, payload, created_at)"
    " VALUES (?1, ?2, ?3, ?4, ?5)";

// 1 run_id 2 now
constexpr const char* kWaiterDue =
    "UPDATE run SET wake_at = ?2 WHERE run_id = ?1 AND owner IS NULL AND status = 'waiting'"
    " AND waits_for >= 'signal:' AND waits_for < 'signal;'";

// 1 run_id 2 from 3 to
constexpr const char* kLastSent =
    "SELECT ifnull(max(seq), ?2) FROM event WHERE run_id = ?1 AND seq >= ?2 AND seq < ?3";

// Beside the numbers that the run's owner gives.
void tell(SqliteConnection& c, const RunRow& run, const SignalRow& signal, std::int64_t now) {
    const auto from = (run.fence + 1) * kEventsPerClaim - kSignalsPerClaim;
    EventRow event{0, now, "sent", {}, /*stays=*/true};
    event.detail = dumped(
        {{"name", signal.name}, {"id", signal.id}, {"by", signal.by}, {"note", signal.note}});
    {
        const auto s = c.prepare(kLastSent);
        s->bindNoCopy(1, run.id);
        s->bind(2, from);
        s->bind(3, from + kSignalsPerClaim);
        s->executeStep();
        event.seq = s->getColumn(0).getInt64() + 1;
    }
    put_event(c, run.id, event);
}

// Whether it was consumed; nothing: it was not sent before.
std::optional<bool> sent_before(SqliteConnection& c, const std::string& run_id,
                                const std::string& signal_id) {
    const auto s = c.prepare(kBefore);
    s->bindNoCopy(1, run_id);
    s->bindNoCopy(2, signal_id);
    if (!s->executeStep()) return std::nullopt;
    return s->getColumn(0).getInt() != 0;
}

}  // namespace

std::vector<SignalRow> signals_of(SqliteConnection& c, const std::string& run_id) {
    const auto s = c.prepare(kOpen);
    s->bindNoCopy(1, run_id);
    std::vector<SignalRow> rows;
    while (s->executeStep()) {
        rows.push_back({s->getColumn(0).getString(), s->getColumn(1).getString(),
                        s->getColumn(2).getString(), s->getColumn(3).getInt64()});
    }
    return rows;
}

SignalPut put_signal(SqliteConnection& c, const std::string& run_id, const SignalRow& signal,
                     std::int64_t now) {
    SignalPut put;
    SQLite::Transaction transaction(c.database(), SQLite::TransactionBehavior::IMMEDIATE);
    put.run = listed_run_of(c, run_id);
    if (!put.run) return put;
    const auto consumed = sent_before(c, run_id, signal.id);
    put.known = consumed.has_value();
    put.consumed = consumed.value_or(false);
    if (put.known) return put;
    if (is_over(put.run->status) || put.run->status == RunStatus::kCompensating) return put;
    {
        const auto s = c.prepare(kInsertSignal);
        s->bindNoCopy(1, run_id);
        s->bindNoCopy(2, signal.id);
        s->bindNoCopy(3, signal.name);
        s->bindNoCopy(4, signal.payload);
        s->bind(5, signal.created_at);
        s->exec();
    }
    {
        const auto s = c.prepare(kWaiterDue);
        s->bindNoCopy(1, run_id);
        s->bind(2, now);
        s->exec();
    }
    if (!signal.by.empty()) tell(c, *put.run, signal, now);
    transaction.commit();
    put.is_new = true;
    return put;
}

}  // namespace gantry::host
