// A batch is one transaction. A statement that fails breaks only its own mutation: the batch is
// then written again one by one.
#include "store/sqlite_sink.hpp"

#include "base/fault.hpp"
#include "store/records.hpp"
#include "store/sqlite_rows.hpp"
#include "store/turns.hpp"

namespace gantry::host {
namespace {

// 1 accepted 2 run_id 3 name 4 def_hash 5 idem_key 6 status 7 wanted 8 owner 9 fence 10 revision
// 11 crashes 12 wake_at 13 deadline_at 14 turn 15 waits_for 16 forked_from 17 created_at
// 18 updated_at 19 finished_at 20 pins 21 input 22 error 23 output
constexpr const char* kInsertRun =
    "INSERT INTO run (accepted, run_id, name, def_hash, idem_key, status, wanted, owner, fence,"
    " revision, crashes, wake_at, deadline_at, turn, waits_for, forked_from, created_at,"
    " updated_at, finished_at, pins, input, error, output)"
    " VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?21,?22,?23)"
    " ON CONFLICT DO NOTHING";

// 1 run_id 2 waits_for. The run that was just inserted has to wait for its turn.
constexpr const char* kLetWait =
    "UPDATE run SET status = 'waiting', owner = NULL, waits_for = ?2, wake_at = deadline_at"
    " WHERE run_id = ?1";

// 1 run_id 2 fence 3 revision 4 status 5 wanted 6 owner 7 crashes 8 wake_at 9 waits_for
// 10 updated_at 11 finished_at 12 error 13 output. Fence and revision guard it.
const std::string kUpdate =
    "UPDATE run SET revision=?3, status=?4, wanted=?5, owner=?6, crashes=?7, wake_at=?8,"
    " waits_for=?9, updated_at=?10, finished_at=?11, error=?12, output=?13 WHERE run_id=?1";
const std::string kUpdateRun = kUpdate + " AND fence=?2 AND revision<?3";
// The same parameters, of a run that is under way before and after: columns that indexes have are
// left alone, and the indexes' pages with them.
constexpr const char* kTouch =
    "UPDATE run SET revision=?3, updated_at=?10 WHERE run_id=?1 AND fence=?2 AND revision<?3"
    " AND status=?4 AND wanted=?5 AND owner IS ?6 AND crashes=?7 AND wake_at IS ?8"
    " AND waits_for IS ?9 AND finished_at IS ?11 AND error IS ?12 AND output IS ?13";
const std::string kUpdateAnyFence = kUpdate + " AND revision<?3";
const std::string kUpdateAnyRevision = kUpdate + " AND fence=?2";

// 1 run_id
constexpr const char* kGuards =
    "SELECT fence, revision, owner IS NULL AND finished_at IS NULL AND waits_for >= 'turn:'"
    " AND waits_for < 'turn;' FROM run WHERE run_id = ?1";

// 1 name 2 idem_key
const std::string kKnown = "SELECT " + kRunColumns + " FROM run WHERE name = ?1 AND idem_key = ?2";

// 1 run_id 2 path 3 side 4 module 5 name 6 status 7 attempt 8 fence 9 result 10 undo_input 11 error
// 12 started_at 13 finished_at 14 input 15 wake_at 16 under_way 17 so_far 18 bugs 19 asked_ms
// 20 place
constexpr const char* kUpsertStep =
    "INSERT INTO step (run_id, path, side, module, name, status, attempt, fence, result,"
    " undo_input, error, started_at, finished_at, input, wake_at, under_way, so_far, bugs,"
    " asked_ms, place)"
    " VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20)"
    " ON CONFLICT (run_id, path, side) DO UPDATE SET status=?6, attempt=?7, fence=?8, result=?9,"
    " undo_input=?10, error=?11, started_at=?12, finished_at=?13, input=?14, wake_at=?15,"
    " under_way=?16, so_far=?17, bugs=?18, asked_ms=?19";

// 1 field 2 value 3 at 4 run
constexpr const char* kInsertField =
    "INSERT INTO run_field (field, value, at, run) VALUES (?1,?2,?3,?4)";

// 1 run_id 2 signal_id 3 now
constexpr const char* kConsume =
    "UPDATE signal SET consumed_at=?3 WHERE run_id=?1 AND signal_id=?2";

constexpr std::string_view kDoing = "the store did not take a write";

std::int64_t accepted_so_far(SqliteConnection& c) {
    const auto s = c.prepare("SELECT ifnull(max(accepted), 0) FROM run");
    s->executeStep();
    return s->getColumn(0).getInt64();
}

void write_step(SqliteConnection& c, const RunRow& run, const StepRow& step) {
    const auto s = c.prepare(kUpsertStep);
    s->bindNoCopy(1, run.id);
    s->bindNoCopy(2, step.path);
    bind_word(*s, 3, to_string(step.side));
    s->bindNoCopy(4, step.module);
    s->bindNoCopy(5, step.name);
    bind_word(*s, 6, to_string(step.status));
    s->bind(7, step.attempt);
    s->bind(8, run.fence);
    bind(*s, 9, step.result);
    bind(*s, 10, step.undo_input);
    bind(*s, 11, step.error);
    s->bind(12, step.started_at);
    bind(*s, 13, step.finished_at);
    bind(*s, 14, step.input);
    bind(*s, 15, step.wake_at);
    s->bind(16, step.under_way ? 1 : 0);
    bind_word(*s, 17, to_string(step.so_far));
    s->bind(18, step.bugs);
    s->bind(19, step.asked_ms);
    s->bind(20, step.place);
    s->exec();
}

}  // namespace

SqliteSink::SqliteSink(SqliteConnection& connection, const WallClock& clock)
    : connection_(connection), clock_(clock), accepted_(accepted_so_far(connection)) {}

bool SqliteSink::insert(const RunRow& run) {
    const auto s = connection_.prepare(kInsertRun);
    s->bind(1, accepted_ + 1);
    s->bindNoCopy(2, run.id);
    s->bindNoCopy(3, run.workflow);
    s->bindNoCopy(4, run.def_hash);
    bind(*s, 5, run.idem_key);
    bind_word(*s, 6, to_string(run.status));
    bind_word(*s, 7, to_string(run.wanted));
    bind(*s, 8, run.owner);
    s->bind(9, run.fence);
    s->bind(10, run.revision);
    s->bind(11, run.crashes);
    bind(*s, 12, run.wake_at);
    bind(*s, 13, run.deadline_at);
    bind(*s, 14, run.turn);
    bind(*s, 15, run.waits_for);
    bind(*s, 16, run.forked_from);
    s->bind(17, run.created_at);
    s->bind(18, run.updated_at);
    bind(*s, 19, run.finished_at);
    s->bindNoCopy(20, run.pins);
    s->bindNoCopy(21, run.input);
    bind(*s, 22, run.error);
    bind(*s, 23, run.output);
    if (s->exec() == 0) return false;
    ++accepted_;
    return true;
}

bool SqliteSink::update(const RunRow& run) {
    if (fault::without("fence")) return update(run, kUpdateAnyFence.c_str());
    if (fault::without("revision")) return update(run, kUpdateAnyRevision.c_str());
    return (run.owner && update(run, kTouch)) || update(run, kUpdateRun.c_str());
}

bool SqliteSink::update(const RunRow& run, const char* sql) {
    const auto s = connection_.prepare(sql);
    s->bindNoCopy(1, run.id);
    s->bind(2, run.fence);
    s->bind(3, run.revision);
    bind_word(*s, 4, to_string(run.status));
    bind_word(*s, 5, to_string(run.wanted));
    bind(*s, 6, run.owner);
    s->bind(7, run.crashes);
    bind(*s, 8, run.wake_at);
    bind(*s, 9, run.waits_for);
    s->bind(10, run.updated_at);
    bind(*s, 11, run.finished_at);
    bind(*s, 12, run.error);
    bind(*s, 13, run.output);
    return s->exec() == 1;
}

std::optional<Outcome> SqliteSink::met(const RunRow& run) {
    bool in_line = false;
    {
        const auto s = connection_.prepare(kGuards);
        s->bindNoCopy(1, run.id);
        if (!s->executeStep()) {
            const auto known = connection_.prepare(kKnown.c_str());
            known->bindNoCopy(1, run.workflow);
            bind(*known, 2, run.idem_key);
            if (known->executeStep()) return Known{read_run(*known)};
            return Error(GANTRY_E_INTERNAL, "run " + run.id + " was not inserted",
                         GANTRY_EF_NOT_APPLIED);
        }
        in_line = s->getColumn(2).getInt() != 0;
    }
    // Its caller may take it for one that is under way; it goes on when it is claimed.
    if (in_line && turn_holder(connection_, run.workflow, run.turn.value_or("")) != run.id) {
        return Waits{};
    }
    return std::nullopt;
}

Outcome SqliteSink::not_taken(const Mutation& mutation) {
    const RunRow& run = mutation.run;
    {
        const auto s = connection_.prepare(kGuards);
        s->bindNoCopy(1, run.id);
        if (!s->executeStep()) return Stale{};
        const bool before =
            s->getColumn(0).getInt64() == run.fence && s->getColumn(1).getInt64() >= run.revision;
        if (!before) return Stale{};
        if (mutation.accept && s->getColumn(2).getInt() != 0) return Waits{};
    }
    return Committed{settle(run)};
}

bool SqliteSink::settle(const RunRow& run) {
    if (!run.turn || !(is_over(run.status) || waits_for_turn(run))) return false;
    return settle_turn(connection_, run.workflow, *run.turn, clock_.now());
}

// Of the run that was just inserted.
void SqliteSink::write_field(const RunRow& run, const FieldRow& field) {
    const auto s = connection_.prepare(kInsertField);
    s->bindNoCopy(1, field.name);
    s->bindNoCopy(2, field.value);
    s->bind(3, run.created_at);
    s->bind(4, accepted_);
    s->exec();
}

void SqliteSink::write_rest(const Mutation& mutation) {
    for (const auto& step : mutation.steps) write_step(connection_, mutation.run, step);
    for (const auto& event : mutation.events) put_event(connection_, mutation.run.id, event);
    for (const auto& signal : mutation.consumed) {
        const auto s = connection_.prepare(kConsume);
        s->bindNoCopy(1, mutation.run.id);
        s->bindNoCopy(2, signal);
        s->bind(3, mutation.run.updated_at);
        s->exec();
    }
}

Outcome SqliteSink::apply(const Mutation& mutation) {
    const RunRow& run = mutation.run;
    if (mutation.accept && insert(run)) {
        for (const auto& field : mutation.fields) write_field(run, field);
        if (run.turn && !take_turn(connection_, run, clock_.now())) {
            const std::string reason = "turn: " + *run.turn;
            const auto s = connection_.prepare(kLetWait);
            s->bindNoCopy(1, run.id);
            s->bindNoCopy(2, reason);
            s->exec();
            if (run.forked_from) write_rest(mutation);
            return Waits{};
        }
    } else {
        if (mutation.accept) {
            if (auto outcome = met(run)) return std::move(*outcome);
        }
        if (!update(run)) return not_taken(mutation);
    }
    write_rest(mutation);
    return Committed{settle(run)};
}

Outcome SqliteSink::alone(const Mutation& mutation, bool maybe_written) {
    const std::uint32_t before_commit = maybe_written ? 0 : GANTRY_EF_NOT_APPLIED;
    std::uint32_t flags = before_commit;
    try {
        SQLite::Transaction transaction(connection_.database(),
                                        SQLite::TransactionBehavior::IMMEDIATE);
        auto outcome = apply(mutation);
        flags = 0;
        transaction.commit();
        return outcome;
    } catch (const SQLite::Exception& e) {
        const auto error = error_of(e, connection_.database(), kDoing);
        return error.with_flags(error.flags() | flags);
    } catch (const Error& e) {  // a row that cannot be read
        return e.with_flags(e.flags() | before_commit);
    }
}

std::vector<Outcome> SqliteSink::commit(std::vector<WriteItem>& batch) {
    std::vector<Outcome> outcomes;
    outcomes.reserve(batch.size());
    bool applied = false;
    try {
        SQLite::Transaction transaction(connection_.database(),
                                        SQLite::TransactionBehavior::IMMEDIATE);
        for (const auto& item : batch) outcomes.push_back(apply(*item.mutation));
        applied = true;
        transaction.commit();
        return outcomes;
    } catch (const SQLite::Exception&) {
    } catch (const Error&) {
    }
    outcomes.clear();
    for (const auto& item : batch) outcomes.push_back(alone(*item.mutation, applied));
    return outcomes;
}

}  // namespace gantry::host
