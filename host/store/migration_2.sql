-- Version 2: waits, turns, control, signals and history.

-- What a person asked for; obeyed at the next transition.
ALTER TABLE run ADD COLUMN wanted TEXT NOT NULL DEFAULT 'run'
  CHECK (wanted IN ('run','pause','cancel'));
-- Claimable from then on. NULL: claimed, over, or waiting for something that is no time.
ALTER TABLE run ADD COLUMN wake_at INTEGER;
ALTER TABLE run ADD COLUMN deadline_at INTEGER;
-- The value of the workflow's "exclusive": runs with equal ones go one after another.
ALTER TABLE run ADD COLUMN turn TEXT;
-- Why it stands still, "kind: detail": turn, time, signal, plugin, person, configuration, poison.
ALTER TABLE run ADD COLUMN waits_for TEXT;
ALTER TABLE run ADD COLUMN forked_from TEXT;
CREATE INDEX run_due      ON run (wake_at)     WHERE wake_at IS NOT NULL;
CREATE INDEX run_turn     ON run (name, turn)  WHERE turn IS NOT NULL AND finished_at IS NULL;
CREATE INDEX run_waits    ON run (waits_for)   WHERE waits_for IS NOT NULL;
CREATE INDEX run_finished ON run (finished_at) WHERE finished_at IS NOT NULL;

-- What jq made of the step's input, or the list that a for_each goes through: never made twice.
ALTER TABLE step ADD COLUMN input TEXT;
-- Not under way before: a delay between two attempts, a sleep, the patience of a wait.
ALTER TABLE step ADD COLUMN wake_at INTEGER;

-- What happened, for people: never read by the engine.
CREATE TABLE event (
  run_id TEXT    NOT NULL REFERENCES run (run_id) ON DELETE CASCADE,
  seq    INTEGER NOT NULL,
  at     INTEGER NOT NULL,
  kind   TEXT    NOT NULL,
  detail TEXT    NOT NULL,                      -- JSON
  PRIMARY KEY (run_id, seq)
) WITHOUT ROWID, STRICT;

-- The same id twice is one signal; it is consumed in the commit that uses it.
CREATE TABLE signal (
  run_id      TEXT    NOT NULL REFERENCES run (run_id) ON DELETE CASCADE,
  signal_id   TEXT    NOT NULL,
  name        TEXT    NOT NULL,
  payload     TEXT    NOT NULL,
  created_at  INTEGER NOT NULL,
  consumed_at INTEGER,
  PRIMARY KEY (run_id, signal_id)
) WITHOUT ROWID, STRICT;
