// Columns by their number in the lists of the header.
#include "store/sqlite_rows.hpp"

#include <gantry/json.hpp>

#include <sqlite3.h>

#include <stdexcept>

namespace gantry::host {

namespace {

void spoilt(RunRow& run, const std::string& why) {
    run.unreadable = run.unreadable ? *run.unreadable + "; " + why : why;
    if (is_over(run.status)) return;
    run.status = RunStatus::kPaused;
    run.waits_for = "store: its row cannot be read: " + *run.unreadable;
}

}  // namespace

RunRow read_listed(SQLite::Statement& row) {
    RunRow run;
    run.id = row.getColumn(0).getString();
    run.workflow = row.getColumn(1).getString();
    run.def_hash = row.getColumn(2).getString();
    run.idem_key = text_or_null(row, 3);
    const auto status = row.getColumn(4).getString();
    const auto known = run_status(status);
    run.status = known.value_or(RunStatus::kPaused);
    run.owner = text_or_null(row, 6);
    run.fence = row.getColumn(7).getInt64();
    run.revision = row.getColumn(8).getInt64();
    run.crashes = row.getColumn(9).getInt64();
    run.wake_at = number_or_null(row, 10);
    run.deadline_at = number_or_null(row, 11);
    run.turn = text_or_null(row, 12);
    run.waits_for = text_or_null(row, 13);
    run.forked_from = text_or_null(row, 14);
    run.created_at = row.getColumn(15).getInt64();
    run.updated_at = row.getColumn(16).getInt64();
    run.finished_at = number_or_null(row, 17);
    run.pins.clear();
    if (!known) spoilt(run, "\"" + status + "\" is no state of a run");
    try {
        run.wanted = wanted_of(row.getColumn(5).getString());
    } catch (const std::runtime_error& e) {
        spoilt(run, e.what());
    }
    return run;
}

RunRow read_run(SQLite::Statement& row) {
    RunRow run = read_listed(row);
    run.pins = row.getColumn(18).getString();
    run.input = row.getColumn(19).getString();
    run.error = text_or_null(row, 20);
    run.output = text_or_null(row, 21);
    const auto pins = json::parse(run.pins, nullptr, /*allow_exceptions=*/false);
    if (!pins.is_object()) spoilt(run, "its pins are no JSON object");
    return run;
}

StepRow read_step(SQLite::Statement& row) {
    StepRow step;
    step.path = row.getColumn(0).getString();
    try {
        step.side = side_of(row.getColumn(1).getString());
        step.status = step_status(row.getColumn(4).getString());
        step.so_far = effect_of(row.getColumn(14).getString());
    } catch (const std::runtime_error& e) {
        step.unreadable = e.what();
    }
    step.module = row.getColumn(2).getString();
    step.name = row.getColumn(3).getString();
    step.attempt = row.getColumn(5).getInt64();
    step.result = text_or_null(row, 6);
    step.undo_input = text_or_null(row, 7);
    step.input = text_or_null(row, 8);
    step.error = text_or_null(row, 9);
    step.started_at = row.getColumn(10).getInt64();
    step.finished_at = number_or_null(row, 11);
    step.wake_at = number_or_null(row, 12);
    step.under_way = row.getColumn(13).getInt() != 0;
    step.bugs = row.getColumn(15).getInt64();
    step.asked_ms = row.getColumn(16).getInt64();
    step.place = row.getColumn(17).getInt64();
    return step;
}

std::optional<RunRow> run_of(SqliteConnection& c, const std::string& id) {
    // 1 run_id
    static const std::string kRun = "SELECT " + kRunColumns + " FROM run WHERE run_id = ?1";
    try {
        const auto s = c.prepare(kRun.c_str());
        s->bindNoCopy(1, id);
        if (!s->executeStep()) return std::nullopt;
        return read_run(*s);
    } catch (const SQLite::Exception& e) {
        if (e.getErrorCode() != SQLITE_CORRUPT) throw;
        auto run = listed_run_of(c, id);  // the pages of its payloads may be others
        if (run) spoilt(*run, std::string("its payloads: ") + e.what());
        return run;
    }
}

std::optional<RunRow> listed_run_of(SqliteConnection& c, const std::string& id) {
    // 1 run_id
    static const std::string kRun = "SELECT " + kListColumns + " FROM run WHERE run_id = ?1";
    const auto s = c.prepare(kRun.c_str());
    s->bindNoCopy(1, id);
    if (!s->executeStep()) return std::nullopt;
    return read_listed(*s);
}

std::vector<StepRow> steps_of(SqliteConnection& c, const std::string& run_id) {
    // 1 run_id
    static const std::string kSteps = "SELECT " + kStepColumns +
                                      " FROM step WHERE run_id = ?1"
                                      " ORDER BY started_at, side DESC, place, path";
    const auto s = c.prepare(kSteps.c_str());
    s->bindNoCopy(1, run_id);
    std::vector<StepRow> rows;
    while (s->executeStep()) rows.push_back(read_step(*s));
    return rows;
}

}  // namespace gantry::host
