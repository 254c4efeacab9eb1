-- The product database, in SQL that SQLite and PostgreSQL both take: text, integer, double. Flags
-- are 0 or 1, metadata is JSON text, times are ISO-8601 UTC. A row with deleted_at is deleted softly:
-- it can be restored, and unique indexes leave it out. Foreign keys are checked at the commit: a changed row is
-- taken out and put in again. Statements are split at a semicolon that ends a line.

CREATE TABLE product_type (
    id text PRIMARY KEY, value text NOT NULL, external_id text, metadata text,
    created_at text NOT NULL, updated_at text NOT NULL, deleted_at text
);
CREATE UNIQUE INDEX product_type_value ON product_type (value) WHERE deleted_at IS NULL;

CREATE TABLE product_tag (
    id text PRIMARY KEY, value text NOT NULL, external_id text, metadata text,
    created_at text NOT NULL, updated_at text NOT NULL, deleted_at text
);
CREATE UNIQUE INDEX product_tag_value ON product_tag (value) WHERE deleted_at IS NULL;

CREATE TABLE product_collection (
    id text PRIMARY KEY, title text NOT NULL, handle text NOT NULL, external_id text, metadata text,
    created_at text NOT NULL, updated_at text NOT NULL, deleted_at text
);
CREATE UNIQUE INDEX product_collection_handle ON product_collection (handle)
    WHERE deleted_at IS NULL;
CREATE INDEX product_collection_title ON product_collection (title);

CREATE TABLE product (
    id text PRIMARY KEY, title text NOT NULL, handle text NOT NULL, subtitle text, description text,
    is_giftcard integer NOT NULL, status text NOT NULL, thumbnail text,
    weight double precision, length double precision, height double precision,
    width double precision,
    origin_country text, hs_code text, mid_code text, material text,
    discountable integer NOT NULL, external_id text,
    collection_id text REFERENCES product_collection (id) DEFERRABLE INITIALLY DEFERRED,
    type_id text REFERENCES product_type (id) DEFERRABLE INITIALLY DEFERRED,
    metadata text,
    version text NOT NULL,  -- tag of the content, of all rows below too
    created_at text NOT NULL, updated_at text NOT NULL, deleted_at text
);
CREATE UNIQUE INDEX product_handle ON product (handle) WHERE deleted_at IS NULL;
CREATE INDEX product_by_collection ON product (collection_id);
CREATE INDEX product_by_type ON product (type_id);
CREATE INDEX product_by_external_id ON product (external_id);

CREATE TABLE product_option (
    id text PRIMARY KEY, title text NOT NULL, is_exclusive integer NOT NULL, metadata text,
    product_id text NOT NULL REFERENCES product (id) DEFERRABLE INITIALLY DEFERRED,
    created_at text NOT NULL, updated_at text NOT NULL, deleted_at text
);
CREATE UNIQUE INDEX product_option_title ON product_option (product_id, title)
    WHERE deleted_at IS NULL;
CREATE INDEX product_option_by_product ON product_option (product_id);

CREATE TABLE product_option_value (
    id text PRIMARY KEY, value text NOT NULL, rank integer, metadata text,
    option_id text NOT NULL REFERENCES product_option (id) DEFERRABLE INITIALLY DEFERRED,
    created_at text NOT NULL, updated_at text NOT NULL, deleted_at text
);
CREATE UNIQUE INDEX product_option_value_value ON product_option_value (option_id, value)
    WHERE deleted_at IS NULL;
CREATE INDEX product_option_value_by_option ON product_option_value (option_id);

CREATE TABLE product_variant (
    id text PRIMARY KEY, title text NOT NULL, sku text, barcode text, ean text, upc text,
    allow_backorder integer NOT NULL, manage_inventory integer NOT NULL,
    hs_code text, origin_country text, mid_code text, material text,
    weight double precision, length double precision, height double precision,
    width double precision,
    metadata text, variant_rank integer NOT NULL, thumbnail text,
    product_id text NOT NULL REFERENCES product (id) DEFERRABLE INITIALLY DEFERRED,
    created_at text NOT NULL, updated_at text NOT NULL, deleted_at text
);
CREATE UNIQUE INDEX product_variant_sku ON product_variant (sku) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX product_variant_barcode ON product_variant (barcode) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX product_variant_ean ON product_variant (ean) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX product_variant_upc ON product_variant (upc) WHERE deleted_at IS NULL;
CREATE INDEX product_variant_by_product ON product_variant (product_id);

CREATE TABLE product_variant_option (
    variant_id text NOT NULL REFERENCES product_variant (id) DEFERRABLE INITIALLY DEFERRED,
    option_value_id text NOT NULL
        REFERENCES product_option_value (id) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (variant_id, option_value_id)
);
CREATE INDEX product_variant_option_by_value ON product_variant_option (option_value_id);

CREATE TABLE product_image (
    id text PRIMARY KEY, url text NOT NULL, rank integer NOT NULL, metadata text,
    product_id text NOT NULL REFERENCES product (id) DEFERRABLE INITIALLY DEFERRED,
    created_at text NOT NULL, updated_at text NOT NULL, deleted_at text
);
CREATE INDEX product_image_by_product ON product_image (product_id);

CREATE TABLE product_tags (
    product_id text NOT NULL REFERENCES product (id) DEFERRABLE INITIALLY DEFERRED,
    product_tag_id text NOT NULL REFERENCES product_tag (id) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (product_id, product_tag_id)
);
CREATE INDEX product_tags_by_tag ON product_tags (product_tag_id);

-- Tags, types and collections that a scope created; scopes are those of ../sql/schema.sql, whose
-- tables the file has too.
CREATE TABLE made (
    scope text NOT NULL, entity_id text NOT NULL, recorded_at text NOT NULL,
    PRIMARY KEY (scope, entity_id)
);
CREATE INDEX made_by_time ON made (recorded_at);
