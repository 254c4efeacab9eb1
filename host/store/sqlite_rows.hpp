// Rows of SQLite as the store's structs.
#pragma once

#include "store/rows.hpp"
#include "store/sqlite.hpp"

#include <vector>

namespace gantry::host {

/// Columns in the order read_listed expects them: all but the payloads, which stand last in the
/// table. read_run wants kRunColumns.
inline const std::string kListColumns =
    "run_id, name, def_hash, idem_key, status, wanted, owner, fence, revision, crashes, wake_at,"
    " deadline_at, turn, waits_for, forked_from, created_at, updated_at, finished_at";
inline const std::string kRunColumns = kListColumns + ", pins, input, error, output";
inline const std::string kStepColumns =
    "path, side, module, name, status, attempt, result, undo_input, input, error, started_at,"
    " finished_at, wake_at, under_way, so_far, bugs, asked_ms, place";

/// What cannot be understood (a state that is none, pins that are no JSON) is left at its default
/// and stands in `unreadable`; such a run reads as paused, waiting for "store: …".
RunRow read_listed(SQLite::Statement& row);
RunRow read_run(SQLite::Statement& row);
StepRow read_step(SQLite::Statement& row);

/// The run of that id; the second reads no payloads.
std::optional<RunRow> run_of(SqliteConnection& c, const std::string& id);
std::optional<RunRow> listed_run_of(SqliteConnection& c, const std::string& id);
/// Its steps, in the order they began; what began at once as the definition has it.
std::vector<StepRow> steps_of(SqliteConnection& c, const std::string& run_id);

}  // namespace gantry::host
