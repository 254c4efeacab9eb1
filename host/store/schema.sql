-- Version 1. Times are milliseconds since 1970 (UTC) from the host's clock. Later versions come by
-- migration, with the feature that uses them.

CREATE TABLE meta (
  key   TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID, STRICT;

-- A workflow definition is immutable and named by the SHA-256 of its canonical text.
CREATE TABLE definition (
  def_hash   TEXT    NOT NULL PRIMARY KEY,
  name       TEXT    NOT NULL,
  body       TEXT    NOT NULL,
  created_at INTEGER NOT NULL
) WITHOUT ROWID, STRICT;
CREATE INDEX definition_by_name ON definition (name, created_at);

-- One row per run: the state of record together with its step rows. Payloads are JSON text.
CREATE TABLE run (
  run_id      TEXT    NOT NULL PRIMARY KEY,     -- UUIDv7: sorted by time of creation
  name        TEXT    NOT NULL,
  def_hash    TEXT    NOT NULL REFERENCES definition (def_hash),
  pins        TEXT    NOT NULL,                 -- {"module": {"plugin", "version"}}, fixed at start
  idem_key    TEXT,
  status      TEXT    NOT NULL CHECK (status IN
    ('invoking','waiting','compensating','paused','done','reverted','failed')),
  input       TEXT    NOT NULL,
  output      TEXT,
  error       TEXT,
  owner       TEXT,                             -- host id while claimed; NULL: paused or over
  fence       INTEGER NOT NULL DEFAULT 0,       -- +1 at every claim; guards every write
  crashes     INTEGER NOT NULL DEFAULT 0,       -- claims taken from a dead host
  created_at  INTEGER NOT NULL,
  updated_at  INTEGER NOT NULL,
  finished_at INTEGER
) STRICT;
CREATE UNIQUE INDEX run_once   ON run (name, idem_key) WHERE idem_key IS NOT NULL;
CREATE INDEX run_owned         ON run (owner)          WHERE owner IS NOT NULL;
CREATE INDEX run_needs_person  ON run (updated_at)     WHERE status IN ('failed','paused');

-- One row per step and direction. 'started' is written before the effect, the rest after it.
CREATE TABLE step (
  run_id      TEXT    NOT NULL REFERENCES run (run_id) ON DELETE CASCADE,
  path        TEXT    NOT NULL,                 -- the step's id
  side        TEXT    NOT NULL CHECK (side IN ('invoke','compensate')),
  module      TEXT    NOT NULL,                 -- whose step it is
  name        TEXT    NOT NULL,
  status      TEXT    NOT NULL CHECK (status IN ('started','done','failed','unknown','skipped')),
  attempt     INTEGER NOT NULL DEFAULT 1,
  fence       INTEGER NOT NULL,                 -- claim under which it was last written
  result      TEXT,
  undo_input  TEXT,                             -- what compensate is given; NULL: the result
  error       TEXT,
  started_at  INTEGER NOT NULL,
  finished_at INTEGER,
  PRIMARY KEY (run_id, path, side)
) WITHOUT ROWID, STRICT;
