-- Version 5: runs are found by fields of their input, and steps that began at once stand as their
-- definition has them.

-- What a run's workflow declares in its "search". "at" is when the run was created, so that the
-- newest of a value are read from the end.
CREATE TABLE run_field (
  field TEXT    NOT NULL,
  value TEXT    NOT NULL,
  at    INTEGER NOT NULL,
  run   INTEGER NOT NULL REFERENCES run (accepted) ON DELETE CASCADE,
  PRIMARY KEY (field, value, at, run)
) WITHOUT ROWID, STRICT;
CREATE INDEX run_field_of ON run_field (run);

-- Of rows that began at the same time the one with the smaller place comes first.
ALTER TABLE step ADD COLUMN place INTEGER NOT NULL DEFAULT 0;

-- What was here was made of a module's options: a system is told apart by its name, or not at all.
UPDATE run SET pins = (SELECT json_group_object(
                         key, CASE type WHEN 'object' THEN json_remove(value, '$.identity')
                                        ELSE value END)
                       FROM json_each(pins))
WHERE json_valid(pins) AND json_type(pins) = 'object' AND pins LIKE '%"identity"%';
