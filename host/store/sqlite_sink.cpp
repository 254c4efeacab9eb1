// A batch is one transaction. A statement that fails breaks only its own mutation: the batch is
// then written again one by one.
#include "base/fault.hpp"
#include "store/sqlite.hpp"

namespace gantry::host {
namespace {

// 1 run_id 2 name 3 def_hash 4 pins 5 idem_key 6 status 7 input 8 output 9 error 10 owner 11 fence
// 12 created_at 13 updated_at 14 finished_at 15 wanted 16 wake_at 17 deadline_at 18 turn
// 19 waits_for 20 forked_from. Accepting the same run twice changes nothing.
constexpr const char* kInsertRun =
    "INSERT INTO run (run_id, name, def_hash, pins, idem_key, status, input, output, error, owner,"
    " fence, created_at, updated_at, finished_at, wanted, wake_at, deadline_at, turn, waits_for,"
    " forked_from)"
    " VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20)"
    " ON CONFLICT DO NOTHING";

// 1 run_id 2 fence 3 status 4 output 5 error 6 owner 7 updated_at 8 finished_at 9 wanted 10 wake_at
// 11 waits_for 12 crashes. The fence guards it.
const std::string kUpdateAnyFence =
    "UPDATE run SET status=?3, output=?4, error=?5, owner=?6, updated_at=?7, finished_at=?8,"
    " wanted=?9, wake_at=?10, waits_for=?11, crashes=?12"
    " WHERE run_id=?1";
const std::string kUpdateRun = kUpdateAnyFence + " AND fence=?2";

// 1 run_id 2 path 3 side 4 module 5 name 6 status 7 attempt 8 fence 9 result 10 undo_input 11 error
// 12 started_at 13 finished_at 14 input 15 wake_at
constexpr const char* kUpsertStep =
    "INSERT INTO step (run_id, path, side, module, name, status, attempt, fence, result,"
    " undo_input, error, started_at, finished_at, input, wake_at)"
    " VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15)"
    " ON CONFLICT (run_id, path, side) DO UPDATE SET status=?6, attempt=?7, fence=?8, result=?9,"
    " undo_input=?10, error=?11, started_at=?12, finished_at=?13, input=?14, wake_at=?15";

// 1 run_id 2 at 3 kind 4 detail
constexpr const char* kInsertEvent =
    "INSERT INTO event (run_id, seq, at, kind, detail)"
    " SELECT ?1, ifnull(max(seq), 0) + 1, ?2, ?3, ?4 FROM event WHERE run_id = ?1";

// 1 run_id 2 signal_id 3 now
constexpr const char* kConsume =
    "UPDATE signal SET consumed_at=?3 WHERE run_id=?1 AND signal_id=?2";

void bind_text(SQLite::Statement& s, int at, std::string_view text) {
    // SQLiteCpp takes literals and strings; the words of the states are literals.
    s.bindNoCopy(at, text.data());
}

}  // namespace

Outcome SqliteSink::accept(const RunRow& run) {
    auto& s = connection_.prepare(kInsertRun);
    s.bindNoCopy(1, run.id);
    s.bindNoCopy(2, run.workflow);
    s.bindNoCopy(3, run.def_hash);
    s.bindNoCopy(4, run.pins);
    bind(s, 5, run.idem_key);
    bind_text(s, 6, to_string(run.status));
    s.bindNoCopy(7, run.input);
    bind(s, 8, run.output);
    bind(s, 9, run.error);
    bind(s, 10, run.owner);
    s.bind(11, run.fence);
    s.bind(12, run.created_at);
    s.bind(13, run.updated_at);
    bind(s, 14, run.finished_at);
    bind_text(s, 15, to_string(run.wanted));
    bind(s, 16, run.wake_at);
    bind(s, 17, run.deadline_at);
    bind(s, 18, run.turn);
    bind(s, 19, run.waits_for);
    bind(s, 20, run.forked_from);
    if (s.exec() == 1) return Committed{};
    if (!run.idem_key) return Committed{};  // this very row, posted again
    SQLite::Statement known(connection_.database(), std::string("SELECT ") + kRunColumns +
                                                        " FROM run WHERE name=?1 AND idem_key=?2");
    known.bindNoCopy(1, run.workflow);
    bind(known, 2, run.idem_key);
    if (!known.executeStep())
        return Error(GANTRY_E_INTERNAL, "run " + run.id + " was not inserted");
    Known result{read_run(known)};
    if (result.run.id == run.id) return Committed{};
    return result;
}

Outcome SqliteSink::apply(const Mutation& mutation) {
    const RunRow& run = mutation.run;
    if (mutation.accept) {
        auto outcome = accept(run);
        if (!std::holds_alternative<Committed>(outcome)) return outcome;
    } else {
        auto& s =
            connection_.prepare((fault::without("fence") ? kUpdateAnyFence : kUpdateRun).c_str());
        s.bindNoCopy(1, run.id);
        s.bind(2, run.fence);
        bind_text(s, 3, to_string(run.status));
        bind(s, 4, run.output);
        bind(s, 5, run.error);
        bind(s, 6, run.owner);
        s.bind(7, run.updated_at);
        bind(s, 8, run.finished_at);
        bind_text(s, 9, to_string(run.wanted));
        bind(s, 10, run.wake_at);
        bind(s, 11, run.waits_for);
        s.bind(12, run.crashes);
        if (s.exec() == 0) return Stale{};
    }
    for (const auto& step : mutation.steps) {
        auto& s = connection_.prepare(kUpsertStep);
        s.bindNoCopy(1, run.id);
        s.bindNoCopy(2, step.path);
        bind_text(s, 3, to_string(step.side));
        s.bindNoCopy(4, step.module);
        s.bindNoCopy(5, step.name);
        bind_text(s, 6, to_string(step.status));
        s.bind(7, step.attempt);
        s.bind(8, run.fence);
        bind(s, 9, step.result);
        bind(s, 10, step.undo_input);
        bind(s, 11, step.error);
        s.bind(12, step.started_at);
        bind(s, 13, step.finished_at);
        bind(s, 14, step.input);
        bind(s, 15, step.wake_at);
        s.exec();
    }
    for (const auto& event : mutation.events) {
        auto& s = connection_.prepare(kInsertEvent);
        s.bindNoCopy(1, run.id);
        s.bind(2, event.at);
        s.bindNoCopy(3, event.kind);
        s.bindNoCopy(4, event.detail);
        s.exec();
    }
    for (const auto& signal : mutation.consumed) {
        auto& s = connection_.prepare(kConsume);
        s.bindNoCopy(1, run.id);
        s.bindNoCopy(2, signal);
        s.bind(3, run.updated_at);
        s.exec();
    }
    return Committed{};
}

Outcome SqliteSink::alone(const Mutation& mutation) {
    try {
        SQLite::Transaction transaction(connection_.database(),
                                        SQLite::TransactionBehavior::IMMEDIATE);
        auto outcome = apply(mutation);
        transaction.commit();
        return outcome;
    } catch (const SQLite::Exception& e) {
        return error_of(e, connection_.database(), "the store did not take a write");
    }
}

std::vector<Outcome> SqliteSink::commit(std::vector<WriteItem>& batch) {
    std::vector<Outcome> outcomes;
    outcomes.reserve(batch.size());
    try {
        SQLite::Transaction transaction(connection_.database(),
                                        SQLite::TransactionBehavior::IMMEDIATE);
        for (const auto& item : batch) outcomes.push_back(apply(item.mutation));
        transaction.commit();
    } catch (const SQLite::Exception&) {
        outcomes.clear();
        for (const auto& item : batch) outcomes.push_back(alone(item.mutation));
    }
    return outcomes;
}

}  // namespace gantry::host
