-- From version 2 to 3 of a PostgreSQL database: what `q` looks into, by each three letters or digits
-- of it. Lower case is ICU's, whatever the database's locale is.

CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public;
-- For this transaction: somebody may have made it elsewhere.
SELECT set_config(
    'search_path', concat_ws(', ', current_setting('search_path'), quote_ident(nspname)), true)
    FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace
    WHERE extname = 'pg_trgm';

CREATE INDEX product_search ON product USING gin (
    lower(title COLLATE "und-x-icu") gin_trgm_ops,
    lower(subtitle COLLATE "und-x-icu") gin_trgm_ops,
    lower(description COLLATE "und-x-icu") gin_trgm_ops,
    lower(handle COLLATE "und-x-icu") gin_trgm_ops
) WITH (fastupdate = off);

CREATE INDEX product_variant_search ON product_variant USING gin (
    lower(title COLLATE "und-x-icu") gin_trgm_ops,
    lower(sku COLLATE "und-x-icu") gin_trgm_ops,
    lower(barcode COLLATE "und-x-icu") gin_trgm_ops,
    lower(ean COLLATE "und-x-icu") gin_trgm_ops,
    lower(upc COLLATE "und-x-icu") gin_trgm_ops
) WITH (fastupdate = off);

CREATE INDEX product_option_search ON product_option USING gin (
    lower(title COLLATE "und-x-icu") gin_trgm_ops
) WITH (fastupdate = off);

CREATE INDEX product_option_value_search ON product_option_value USING gin (
    lower(value COLLATE "und-x-icu") gin_trgm_ops
) WITH (fastupdate = off);

CREATE INDEX product_image_search ON product_image USING gin (
    lower(url COLLATE "und-x-icu") gin_trgm_ops
) WITH (fastupdate = off);

CREATE INDEX product_tag_search ON product_tag USING gin (
    lower(value COLLATE "und-x-icu") gin_trgm_ops
) WITH (fastupdate = off);

CREATE INDEX product_type_search ON product_type USING gin (
    lower(value COLLATE "und-x-icu") gin_trgm_ops
) WITH (fastupdate = off);

CREATE INDEX product_collection_search ON product_collection USING gin (
    lower(title COLLATE "und-x-icu") gin_trgm_ops,
    lower(handle COLLATE "und-x-icu") gin_trgm_ops
) WITH (fastupdate = off);

CREATE INDEX product_category_search ON product_category USING gin (
    lower(name COLLATE "und-x-icu") gin_trgm_ops,
    lower(description COLLATE "und-x-icu") gin_trgm_ops,
    lower(handle COLLATE "und-x-icu") gin_trgm_ops
) WITH (fastupdate = off);
