-- Version 3: writes have a revision, turns are rows, and what a list reads stands before what may
-- be large. Made with foreign keys off, and checked before it is committed.

-- SQLite walks the pages of a large column to reach the ones behind it: payloads stand last.
CREATE TABLE run_3 (
  accepted    INTEGER NOT NULL PRIMARY KEY,     -- the order of acceptance; also the row's number
  run_id      TEXT    NOT NULL UNIQUE,          -- UUIDv7
  name        TEXT    NOT NULL,
  def_hash    TEXT    NOT NULL REFERENCES definition (def_hash),
  idem_key    TEXT,
  status      TEXT    NOT NULL CHECK (status IN
    ('invoking','waiting','compensating','paused','done','reverted','failed')),
  -- What a person asked for; obeyed at the next transition.
  wanted      TEXT    NOT NULL DEFAULT 'run' CHECK (wanted IN ('run','pause','cancel')),
  owner       TEXT,                             -- host id while claimed
  fence       INTEGER NOT NULL DEFAULT 0,       -- +1 at each claim, sweep and release
  revision    INTEGER NOT NULL DEFAULT 0,       -- of the last write; only newer ones are taken
  crashes     INTEGER NOT NULL DEFAULT 0,       -- claims taken from a host that died in its calls
  -- Claimable from then on. NULL: claimed, over, or waiting for something that is no time.
  wake_at     INTEGER,
  deadline_at INTEGER,
  turn        TEXT,                             -- the value of the workflow's "exclusive"
  -- Why it stands still, "kind: detail"; the kinds that are no time are listed in accounts.cpp.
  waits_for   TEXT,
  forked_from TEXT,
  created_at  INTEGER NOT NULL,
  updated_at  INTEGER NOT NULL,
  finished_at INTEGER,
  pins        TEXT    NOT NULL,                 -- {"module": {"plugin", "version"}}, fixed at start
  input       TEXT    NOT NULL,
  error       TEXT,
  output      TEXT
) STRICT;

CREATE TABLE run_order (
  accepted INTEGER NOT NULL PRIMARY KEY,
  run_id   TEXT    NOT NULL
) STRICT;
INSERT INTO run_order (run_id) SELECT run_id FROM run ORDER BY created_at, run_id;
INSERT INTO run_3 (accepted, run_id, name, def_hash, idem_key, status, wanted, owner, fence,
                   crashes, wake_at, deadline_at, turn, waits_for, forked_from, created_at,
                   updated_at, finished_at, pins, input, error, output)
  SELECT o.accepted, r.run_id, r.name, r.def_hash, r.idem_key, r.status, r.wanted, r.owner, r.fence,
         r.crashes, r.wake_at, r.deadline_at, r.turn, r.waits_for, r.forked_from, r.created_at,
         r.updated_at, r.finished_at, r.pins, r.input, r.error, r.output
    FROM run_order AS o CROSS JOIN run AS r ON r.run_id = o.run_id ORDER BY o.accepted;
DROP TABLE run_order;
DROP TABLE run;
ALTER TABLE run_3 RENAME TO run;

-- Each index ends with the row's number, so it gives equal rows in the order of acceptance. None of
-- what the engine, /metrics and the lists for people ask walks through finished runs.
CREATE UNIQUE INDEX run_once ON run (idem_key, name)      WHERE idem_key IS NOT NULL;
CREATE INDEX run_workflow    ON run (name, status, created_at);
CREATE INDEX run_status      ON run (status, created_at);
CREATE INDEX run_owned       ON run (owner)               WHERE owner IS NOT NULL;
CREATE INDEX run_due         ON run (wake_at)
  WHERE wake_at IS NOT NULL AND owner IS NULL AND finished_at IS NULL AND crashes = 0;
CREATE INDEX run_suspect     ON run (wake_at)
  WHERE wake_at IS NOT NULL AND owner IS NULL AND finished_at IS NULL AND crashes > 0;
CREATE INDEX run_waits       ON run (waits_for)
  WHERE waits_for IS NOT NULL AND finished_at IS NULL;
CREATE INDEX run_idle        ON run (waits_for)
  WHERE owner IS NULL AND wake_at IS NULL AND finished_at IS NULL;
CREATE INDEX run_line        ON run (name, turn)
  WHERE waits_for >= 'turn:' AND waits_for < 'turn;' AND finished_at IS NULL;
CREATE INDEX run_finished    ON run (status, finished_at) WHERE finished_at IS NOT NULL;

-- Who holds the turn of a value. Nobody: there is no row.
CREATE TABLE turn (
  name   TEXT NOT NULL,
  turn   TEXT NOT NULL,
  run_id TEXT NOT NULL,
  PRIMARY KEY (name, turn)
) WITHOUT ROWID, STRICT;
INSERT INTO turn (name, turn, run_id)
  SELECT name, turn, run_id FROM (
    SELECT name, turn, run_id, row_number() OVER (
             PARTITION BY name, turn
             ORDER BY ifnull(waits_for >= 'turn:' AND waits_for < 'turn;', 0), accepted) AS place
      FROM run WHERE turn IS NOT NULL AND finished_at IS NULL)
   WHERE place = 1;
UPDATE run SET wake_at = unixepoch() * 1000
 WHERE waits_for >= 'turn:' AND waits_for < 'turn;' AND finished_at IS NULL AND owner IS NULL
   AND run_id IN (SELECT run_id FROM turn);

-- An attempt was handed out, and its end is not written yet.
ALTER TABLE step ADD COLUMN under_way INTEGER NOT NULL DEFAULT 0 CHECK (under_way IN (0, 1));
-- What the attempts that have ended may have done to the world.
ALTER TABLE step ADD COLUMN so_far TEXT NOT NULL DEFAULT 'nothing'
  CHECK (so_far IN ('nothing','something','unknown'));
-- Attempts that ended with an error of class BUG.
ALTER TABLE step ADD COLUMN bugs INTEGER NOT NULL DEFAULT 0;
-- For how long it has been asked: its calls and the delays after them.
ALTER TABLE step ADD COLUMN asked_ms INTEGER NOT NULL DEFAULT 0;
-- Only what calls something belongs to a module.
UPDATE step SET under_way = 1 WHERE status = 'started' AND wake_at IS NULL AND module <> '';
UPDATE step SET
  so_far = CASE
    WHEN side <> 'invoke' OR status <> 'started' OR module = '' THEN 'nothing'
    WHEN CASE WHEN json_valid(error) THEN json_extract(error, '$.so_far') END
         IN ('nothing','something','unknown') THEN json_extract(error, '$.so_far')
    WHEN wake_at IS NOT NULL AND error IS NULL THEN 'nothing'
    ELSE 'unknown' END,
  bugs = CASE WHEN json_valid(error) THEN
    CASE WHEN json_type(error, '$.bugs') = 'integer' THEN json_extract(error, '$.bugs') ELSE 0 END
    ELSE 0 END
 WHERE status = 'started';
