-- What a step's write was to make of a product, so that it can be told from somebody else's after its
-- reply was lost. Times are ISO-8601 UTC.
CREATE TABLE meant (
    scope text NOT NULL, product_id text NOT NULL, content text NOT NULL, recorded_at text NOT NULL,
    PRIMARY KEY (scope, product_id)
);
CREATE INDEX meant_by_time ON meant (recorded_at);
