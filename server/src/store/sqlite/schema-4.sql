-- Resources inside other resources. Their index rows stand in the tables of values under `key`,
-- which is negative, so that no search of resources meets them: it is made of the key of the
-- container and of the place in `contained` (see `contained.rs`). `id` is empty when there is none.
CREATE TABLE contained (
  key       INTEGER PRIMARY KEY CHECK (key < 0),
  container INTEGER NOT NULL,
  type      INTEGER NOT NULL,
  id        TEXT    NOT NULL
) STRICT;
CREATE INDEX contained_by_type ON contained (type, container);
