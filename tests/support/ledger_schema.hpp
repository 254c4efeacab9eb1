// What the plugin `ledger` writes down. Times are nanoseconds of the monotonic clock, which all
// processes since the last boot share.
#pragma once

namespace gantry::test {

inline constexpr const char* kLedgerSchema = R"sql(
CREATE TABLE IF NOT EXISTS call (
  id      INTEGER PRIMARY KEY,  -- in order of beginning
  key     TEXT NOT NULL,        -- of the step: its compensation's without "/compensate"
  side    TEXT NOT NULL CHECK (side IN ('invoke','compensate')),
  step    TEXT NOT NULL,        -- the exported name
  attempt INTEGER NOT NULL,
  run     TEXT NOT NULL,
  host    TEXT NOT NULL,        -- "pid@start", another one for each process
  input   TEXT,                 -- invoke
  undo    TEXT,                 -- compensate; NULL: it was given none
  output  TEXT,                 -- compensate; NULL: it was given none
  began   INTEGER NOT NULL,
  free    INTEGER,              -- from then on it may change something; NULL: it never might
  ended   INTEGER,              -- NULL: it never answered
  answer  TEXT                  -- "ok", "not applied" or "unknown"
) STRICT;
CREATE INDEX IF NOT EXISTS call_key ON call (key, side);
CREATE INDEX IF NOT EXISTS call_run ON call (run);

-- At most one for each key; `undone` without `applied`: the undo came first, or alone.
CREATE TABLE IF NOT EXISTS effect (
  key     TEXT NOT NULL PRIMARY KEY,
  run     TEXT NOT NULL,
  applied INTEGER,
  undone  INTEGER
) WITHOUT ROWID, STRICT;

-- What "write-undo" changes: the run that wrote it last.
CREATE TABLE IF NOT EXISTS record (
  name  TEXT NOT NULL PRIMARY KEY,
  value TEXT
) WITHOUT ROWID, STRICT;
)sql";

}  // namespace gantry::test
