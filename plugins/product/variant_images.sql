-- From version 3 to 4, in SQL that both databases take: which images of its product a variant has.

CREATE TABLE product_variant_product_image (
    variant_id text NOT NULL REFERENCES product_variant (id) DEFERRABLE INITIALLY DEFERRED,
    image_id text NOT NULL REFERENCES product_image (id) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (variant_id, image_id)
);
CREATE INDEX product_variant_product_image_by_image ON product_variant_product_image (image_id);
