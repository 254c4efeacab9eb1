// Turns of an "exclusive" value as rows: who holds one, and who comes next. By who writes, within
// his transaction.
#pragma once

#include "store/rows.hpp"
#include "store/sqlite.hpp"

namespace gantry::host {

/// Whether the row waits for its turn: its reason is of kind "turn".
bool waits_for_turn(const RunRow& run);

/// Who holds that turn; nothing when nobody does.
std::optional<std::string> turn_holder(SqliteConnection& c, const std::string& workflow,
                                       const std::string& turn);

/// By state, not by event: a turn whose holder is over or gone goes to the run that was accepted
/// first of those that wait for it. A holder that nobody owns and that still waits for it is due
/// then; true if there is such a one. A run that is over but owned is being retried, and holds its
/// turn.
bool settle_turn(SqliteConnection& c, const std::string& workflow, const std::string& turn,
                 std::int64_t now);

/// Takes the turn of `run`, where nobody holds it or waits for it. Whether it holds it then.
bool take_turn(SqliteConnection& c, const RunRow& run, std::int64_t now);

}  // namespace gantry::host
