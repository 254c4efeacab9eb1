-- From version 1 to 2, in SQL that both databases take: categories, and what happened.

-- A tree: mpath is the ids from the root to the category itself, each followed by ".".
CREATE TABLE product_category (
    id text PRIMARY KEY, name text NOT NULL, description text NOT NULL, handle text NOT NULL,
    mpath text NOT NULL, is_active integer NOT NULL, is_internal integer NOT NULL,
    rank integer NOT NULL, external_id text,
    parent_category_id text REFERENCES product_category (id) DEFERRABLE INITIALLY DEFERRED,
    metadata text,
    created_at text NOT NULL, updated_at text NOT NULL, deleted_at text
);
CREATE UNIQUE INDEX product_category_handle ON product_category (handle) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX product_category_mpath ON product_category (mpath);
CREATE INDEX product_category_by_parent ON product_category (parent_category_id);

CREATE TABLE product_category_product (
    product_id text NOT NULL REFERENCES product (id) DEFERRABLE INITIALLY DEFERRED,
    product_category_id text NOT NULL
        REFERENCES product_category (id) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (product_id, product_category_id)
);
CREATE INDEX product_category_product_by_category
    ON product_category_product (product_category_id);

-- What happened to products, variants and options, in the order of the commits.
CREATE TABLE event (
    seq bigint PRIMARY KEY, name text NOT NULL, entity_id text NOT NULL,
    product_id text NOT NULL, recorded_at text NOT NULL
);
CREATE INDEX event_by_time ON event (recorded_at);
