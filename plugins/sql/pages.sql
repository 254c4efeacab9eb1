-- What a plugin's version adds to the tables of schema.sql, in SQL that both databases take.
-- `written` is forgotten by pages, all but the last two, and a snapshot has the page that it was
-- taken on. So an undo can tell whether the writes after its snapshot are still known, however
-- clocks were set.

-- One row: the page that is filled now. The first one is 2: a snapshot of a version before has none,
-- which counts as 0, a page that is forgotten.
CREATE TABLE journal_page (number integer NOT NULL);
INSERT INTO journal_page VALUES (2);

ALTER TABLE written ADD COLUMN page integer NOT NULL DEFAULT 2;
DROP INDEX written_by_time;
CREATE INDEX written_by_page ON written (page, recorded_at);
