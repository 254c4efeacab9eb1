-- From version 2 to 3 of a SQLite file: what `q` looks into, by each three characters of it. The
-- lines of a trigger after its first one are indented: it is one statement.

-- The numbers by which the indexes know rows: those of SQLite itself may change with a VACUUM.
CREATE TABLE search_row (
    number integer PRIMARY KEY, id text NOT NULL, entity text NOT NULL, UNIQUE (id, entity)
);

CREATE VIRTUAL TABLE product_search USING fts5(
    title, subtitle, description, handle, content='', columnsize=0, tokenize='trigram');
INSERT INTO search_row (id, entity) SELECT id, 'product' FROM product;
INSERT INTO product_search (rowid, title, subtitle, description, handle)
    SELECT number, title, subtitle, description, handle FROM product
    JOIN search_row USING (id) WHERE entity = 'product';
CREATE TRIGGER product_search_insert AFTER INSERT ON product BEGIN
    INSERT INTO search_row (id, entity) VALUES (new.id, 'product');
    INSERT INTO product_search (rowid, title, subtitle, description, handle)
        VALUES (last_insert_rowid(), new.title, new.subtitle, new.description, new.handle);
    END;
CREATE TRIGGER product_search_delete AFTER DELETE ON product BEGIN
    INSERT INTO product_search (product_search, rowid, title, subtitle, description, handle)
        SELECT 'delete', number, old.title, old.subtitle, old.description, old.handle
        FROM search_row WHERE id = old.id AND entity = 'product';
    DELETE FROM search_row WHERE id = old.id AND entity = 'product';
    END;
CREATE TRIGGER product_search_update AFTER UPDATE OF title, subtitle, description, handle
    ON product BEGIN
    INSERT INTO product_search (product_search, rowid, title, subtitle, description, handle)
        SELECT 'delete', number, old.title, old.subtitle, old.description, old.handle
        FROM search_row WHERE id = old.id AND entity = 'product';
    INSERT INTO product_search (rowid, title, subtitle, description, handle)
        SELECT number, new.title, new.subtitle, new.description, new.handle
        FROM search_row WHERE id = old.id AND entity = 'product';
    END;

CREATE VIRTUAL TABLE product_variant_search USING fts5(
    title, sku, barcode, ean, upc, content='', columnsize=0, tokenize='trigram');
INSERT INTO search_row (id, entity) SELECT id, 'product_variant' FROM product_variant;
INSERT INTO product_variant_search (rowid, title, sku, barcode, ean, upc)
    SELECT number, title, sku, barcode, ean, upc FROM product_variant
    JOIN search_row USING (id) WHERE entity = 'product_variant';
CREATE TRIGGER product_variant_search_insert AFTER INSERT ON product_variant BEGIN
    INSERT INTO search_row (id, entity) VALUES (new.id, 'product_variant');
    INSERT INTO product_variant_search (rowid, title, sku, barcode, ean, upc)
        VALUES (last_insert_rowid(), new.title, new.sku, new.barcode, new.ean, new.upc);
    END;
CREATE TRIGGER product_variant_search_delete AFTER DELETE ON product_variant BEGIN
    INSERT INTO product_variant_search (
        product_variant_search, rowid, title, sku, barcode, ean, upc)
        SELECT 'delete', number, old.title, old.sku, old.barcode, old.ean, old.upc
        FROM search_row WHERE id = old.id AND entity = 'product_variant';
    DELETE FROM search_row WHERE id = old.id AND entity = 'product_variant';
    END;
CREATE TRIGGER product_variant_search_update AFTER UPDATE OF title, sku, barcode, ean, upc
    ON product_variant BEGIN
    INSERT INTO product_variant_search (
        product_variant_search, rowid, title, sku, barcode, ean, upc)
        SELECT 'delete', number, old.title, old.sku, old.barcode, old.ean, old.upc
        FROM search_row WHERE id = old.id AND entity = 'product_variant';
    INSERT INTO product_variant_search (rowid, title, sku, barcode, ean, upc)
        SELECT number, new.title, new.sku, new.barcode, new.ean, new.upc
        FROM search_row WHERE id = old.id AND entity = 'product_variant';
    END;

CREATE VIRTUAL TABLE product_option_search USING fts5(
    title, content='', columnsize=0, tokenize='trigram');
INSERT INTO search_row (id, entity) SELECT id, 'product_option' FROM product_option;
INSERT INTO product_option_search (rowid, title)
    SELECT number, title FROM product_option
    JOIN search_row USING (id) WHERE entity = 'product_option';
CREATE TRIGGER product_option_search_insert AFTER INSERT ON product_option BEGIN
    INSERT INTO search_row (id, entity) VALUES (new.id, 'product_option');
    INSERT INTO product_option_search (rowid, title)
        VALUES (last_insert_rowid(), new.title);
    END;
CREATE TRIGGER product_option_search_delete AFTER DELETE ON product_option BEGIN
    INSERT INTO product_option_search (product_option_search, rowid, title)
        SELECT 'delete', number, old.title
        FROM search_row WHERE id = old.id AND entity = 'product_option';
    DELETE FROM search_row WHERE id = old.id AND entity = 'product_option';
    END;
CREATE TRIGGER product_option_search_update AFTER UPDATE OF title
    ON product_option BEGIN
    INSERT INTO product_option_search (product_option_search, rowid, title)
        SELECT 'delete', number, old.title
        FROM search_row WHERE id = old.id AND entity = 'product_option';
    INSERT INTO product_option_search (rowid, title)
        SELECT number, new.title
        FROM search_row WHERE id = old.id AND entity = 'product_option';
    END;

CREATE VIRTUAL TABLE product_option_value_search USING fts5(
    value, content='', columnsize=0, tokenize='trigram');
INSERT INTO search_row (id, entity) SELECT id, 'product_option_value' FROM product_option_value;
INSERT INTO product_option_value_search (rowid, value)
    SELECT number, value FROM product_option_value
    JOIN search_row USING (id) WHERE entity = 'product_option_value';
CREATE TRIGGER product_option_value_search_insert AFTER INSERT ON product_option_value BEGIN
    INSERT INTO search_row (id, entity) VALUES (new.id, 'product_option_value');
    INSERT INTO product_option_value_search (rowid, value)
        VALUES (last_insert_rowid(), new.value);
    END;
CREATE TRIGGER product_option_value_search_delete AFTER DELETE ON product_option_value BEGIN
    INSERT INTO product_option_value_search (product_option_value_search, rowid, value)
        SELECT 'delete', number, old.value
        FROM search_row WHERE id = old.id AND entity = 'product_option_value';
    DELETE FROM search_row WHERE id = old.id AND entity = 'product_option_value';
    END;
CREATE TRIGGER product_option_value_search_update AFTER UPDATE OF value
    ON product_option_value BEGIN
    INSERT INTO product_option_value_search (product_option_value_search, rowid, value)
        SELECT 'delete', number, old.value
        FROM search_row WHERE id = old.id AND entity = 'product_option_value';
    INSERT INTO product_option_value_search (rowid, value)
        SELECT number, new.value
        FROM search_row WHERE id = old.id AND entity = 'product_option_value';
    END;

CREATE VIRTUAL TABLE product_image_search USING fts5(
    url, content='', columnsize=0, tokenize='trigram');
INSERT INTO search_row (id, entity) SELECT id, 'product_image' FROM product_image;
INSERT INTO product_image_search (rowid, url)
    SELECT number, url FROM product_image
    JOIN search_row USING (id) WHERE entity = 'product_image';
CREATE TRIGGER product_image_search_insert AFTER INSERT ON product_image BEGIN
    INSERT INTO search_row (id, entity) VALUES (new.id, 'product_image');
    INSERT INTO product_image_search (rowid, url)
        VALUES (last_insert_rowid(), new.url);
    END;
CREATE TRIGGER product_image_search_delete AFTER DELETE ON product_image BEGIN
    INSERT INTO product_image_search (product_image_search, rowid, url)
        SELECT 'delete', number, old.url
        FROM search_row WHERE id = old.id AND entity = 'product_image';
    DELETE FROM search_row WHERE id = old.id AND entity = 'product_image';
    END;
CREATE TRIGGER product_image_search_update AFTER UPDATE OF url
    ON product_image BEGIN
    INSERT INTO product_image_search (product_image_search, rowid, url)
        SELECT 'delete', number, old.url
        FROM search_row WHERE id = old.id AND entity = 'product_image';
    INSERT INTO product_image_search (rowid, url)
        SELECT number, new.url
        FROM search_row WHERE id = old.id AND entity = 'product_image';
    END;

CREATE VIRTUAL TABLE product_tag_search USING fts5(
    value, content='', columnsize=0, tokenize='trigram');
INSERT INTO search_row (id, entity) SELECT id, 'product_tag' FROM product_tag;
INSERT INTO product_tag_search (rowid, value)
    SELECT number, value FROM product_tag
    JOIN search_row USING (id) WHERE entity = 'product_tag';
CREATE TRIGGER product_tag_search_insert AFTER INSERT ON product_tag BEGIN
    INSERT INTO search_row (id, entity) VALUES (new.id, 'product_tag');
    INSERT INTO product_tag_search (rowid, value)
        VALUES (last_insert_rowid(), new.value);
    END;
CREATE TRIGGER product_tag_search_delete AFTER DELETE ON product_tag BEGIN
    INSERT INTO product_tag_search (product_tag_search, rowid, value)
        SELECT 'delete', number, old.value
        FROM search_row WHERE id = old.id AND entity = 'product_tag';
    DELETE FROM search_row WHERE id = old.id AND entity = 'product_tag';
    END;
CREATE TRIGGER product_tag_search_update AFTER UPDATE OF value
    ON product_tag BEGIN
    INSERT INTO product_tag_search (product_tag_search, rowid, value)
        SELECT 'delete', number, old.value
        FROM search_row WHERE id = old.id AND entity = 'product_tag';
    INSERT INTO product_tag_search (rowid, value)
        SELECT number, new.value
        FROM search_row WHERE id = old.id AND entity = 'product_tag';
    END;

CREATE VIRTUAL TABLE product_type_search USING fts5(
    value, content='', columnsize=0, tokenize='trigram');
INSERT INTO search_row (id, entity) SELECT id, 'product_type' FROM product_type;
INSERT INTO product_type_search (rowid, value)
    SELECT number, value FROM product_type
    JOIN search_row USING (id) WHERE entity = 'product_type';
CREATE TRIGGER product_type_search_insert AFTER INSERT ON product_type BEGIN
    INSERT INTO search_row (id, entity) VALUES (new.id, 'product_type');
    INSERT INTO product_type_search (rowid, value)
        VALUES (last_insert_rowid(), new.value);
    END;
CREATE TRIGGER product_type_search_delete AFTER DELETE ON product_type BEGIN
    INSERT INTO product_type_search (product_type_search, rowid, value)
        SELECT 'delete', number, old.value
        FROM search_row WHERE id = old.id AND entity = 'product_type';
    DELETE FROM search_row WHERE id = old.id AND entity = 'product_type';
    END;
CREATE TRIGGER product_type_search_update AFTER UPDATE OF value
    ON product_type BEGIN
    INSERT INTO product_type_search (product_type_search, rowid, value)
        SELECT 'delete', number, old.value
        FROM search_row WHERE id = old.id AND entity = 'product_type';
    INSERT INTO product_type_search (rowid, value)
        SELECT number, new.value
        FROM search_row WHERE id = old.id AND entity = 'product_type';
    END;

CREATE VIRTUAL TABLE product_collection_search USING fts5(
    title, handle, content='', columnsize=0, tokenize='trigram');
INSERT INTO search_row (id, entity) SELECT id, 'product_collection' FROM product_collection;
INSERT INTO product_collection_search (rowid, title, handle)
    SELECT number, title, handle FROM product_collection
    JOIN search_row USING (id) WHERE entity = 'product_collection';
CREATE TRIGGER product_collection_search_insert AFTER INSERT ON product_collection BEGIN
    INSERT INTO search_row (id, entity) VALUES (new.id, 'product_collection');
    INSERT INTO product_collection_search (rowid, title, handle)
        VALUES (last_insert_rowid(), new.title, new.handle);
    END;
CREATE TRIGGER product_collection_search_delete AFTER DELETE ON product_collection BEGIN
    INSERT INTO product_collection_search (product_collection_search, rowid, title, handle)
        SELECT 'delete', number, old.title, old.handle
        FROM search_row WHERE id = old.id AND entity = 'product_collection';
    DELETE FROM search_row WHERE id = old.id AND entity = 'product_collection';
    END;
CREATE TRIGGER product_collection_search_update AFTER UPDATE OF title, handle
    ON product_collection BEGIN
    INSERT INTO product_collection_search (product_collection_search, rowid, title, handle)
        SELECT 'delete', number, old.title, old.handle
        FROM search_row WHERE id = old.id AND entity = 'product_collection';
    INSERT INTO product_collection_search (rowid, title, handle)
        SELECT number, new.title, new.handle
        FROM search_row WHERE id = old.id AND entity = 'product_collection';
    END;

CREATE VIRTUAL TABLE product_category_search USING fts5(
    name, description, handle, content='', columnsize=0, tokenize='trigram');
INSERT INTO search_row (id, entity) SELECT id, 'product_category' FROM product_category;
INSERT INTO product_category_search (rowid, name, description, handle)
    SELECT number, name, description, handle FROM product_category
    JOIN search_row USING (id) WHERE entity = 'product_category';
CREATE TRIGGER product_category_search_insert AFTER INSERT ON product_category BEGIN
    INSERT INTO search_row (id, entity) VALUES (new.id, 'product_category');
    INSERT INTO product_category_search (rowid, name, description, handle)
        VALUES (last_insert_rowid(), new.name, new.description, new.handle);
    END;
CREATE TRIGGER product_category_search_delete AFTER DELETE ON product_category BEGIN
    INSERT INTO product_category_search (product_category_search, rowid, name, description, handle)
        SELECT 'delete', number, old.name, old.description, old.handle
        FROM search_row WHERE id = old.id AND entity = 'product_category';
    DELETE FROM search_row WHERE id = old.id AND entity = 'product_category';
    END;
CREATE TRIGGER product_category_search_update AFTER UPDATE OF name, description, handle
    ON product_category BEGIN
    INSERT INTO product_category_search (product_category_search, rowid, name, description, handle)
        SELECT 'delete', number, old.name, old.description, old.handle
        FROM search_row WHERE id = old.id AND entity = 'product_category';
    INSERT INTO product_category_search (rowid, name, description, handle)
        SELECT number, new.name, new.description, new.handle
        FROM search_row WHERE id = old.id AND entity = 'product_category';
    END;
