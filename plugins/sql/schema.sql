-- What each plugin's database has besides the plugin's own tables, in SQL that SQLite and PostgreSQL
-- both take; pages.sql adds to them. Times are ISO-8601 UTC. Statements are split at a semicolon that
-- ends a line.

-- One row: whose database it is, and the version of all its tables.
CREATE TABLE plugin_schema (plugin text NOT NULL, version integer NOT NULL);

-- What is remembered of writes that came with an idempotency key. `scope` is what a step's writes
-- and its compensation share of their keys.
CREATE TABLE request (
    key text PRIMARY KEY, method text NOT NULL, input_hash text NOT NULL, output text NOT NULL,
    recorded_at text NOT NULL
);
CREATE INDEX request_by_time ON request (recorded_at);

-- The version a scope last wrote; null: it deleted the record.
CREATE TABLE written (
    scope text NOT NULL, product_id text NOT NULL, version text, recorded_at text NOT NULL,
    PRIMARY KEY (scope, product_id)
);
CREATE INDEX written_by_time ON written (recorded_at);

-- Steps that were undone here: their late writes are refused.
CREATE TABLE tombstone (
    scope text NOT NULL, product_id text NOT NULL, recorded_at text NOT NULL,
    PRIMARY KEY (scope, product_id)
);
CREATE INDEX tombstone_by_time ON tombstone (recorded_at);
