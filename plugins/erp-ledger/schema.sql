-- The ledger's own tables, beside those of ../sql/schema.sql. Statements are split at a semicolon that ends a line.

-- Made once: what a snapshot names, so that an undo never reaches another file.
CREATE TABLE system (id TEXT NOT NULL) STRICT;

INSERT INTO system VALUES (lower(
    hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) ||
    '-' || substr('89ab', 1 + (random() & 3), 1) || substr(hex(randomblob(2)), 2) ||
    '-' || hex(randomblob(6))));

-- AUTOINCREMENT: the number of a removed record is never given to another.
CREATE TABLE record (
    number     INTEGER PRIMARY KEY AUTOINCREMENT,
    product_id TEXT NOT NULL UNIQUE,
    data       TEXT NOT NULL,  -- JSON, the fields that have a value, in order of their names
    version    TEXT NOT NULL,  -- tag of number and data
    created_at TEXT NOT NULL
) STRICT;

CREATE TABLE change (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    product_id TEXT NOT NULL,
    version    TEXT,           -- null when deleted
    kind       TEXT NOT NULL CHECK (kind IN ('created', 'updated', 'deleted')),
    changed_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT;
