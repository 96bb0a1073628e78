-- Facts about the database itself.
CREATE TABLE property (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The current version of each resource. `type` is the number of the resource type, `updated` is
-- in milliseconds since the epoch, `body` is the JSON that is sent.
CREATE TABLE resource (
  key     INTEGER PRIMARY KEY,
  type    INTEGER NOT NULL,
  id      TEXT    NOT NULL,
  version INTEGER NOT NULL CHECK (version > 0),
  updated INTEGER NOT NULL,
  deleted INTEGER NOT NULL DEFAULT 0 CHECK (deleted IN (0, 1)),
  body    BLOB,
  CHECK ((deleted = 1) = (body IS NULL)),
  UNIQUE (type, id)
) STRICT;
CREATE INDEX resource_by_type ON resource (type) WHERE deleted = 0;
CREATE INDEX resource_by_update ON resource (type, updated) WHERE deleted = 0;

-- Earlier versions.
CREATE TABLE history (
  resource INTEGER NOT NULL REFERENCES resource (key),
  version  INTEGER NOT NULL CHECK (version > 0),
  updated  INTEGER NOT NULL,
  body     BLOB,
  PRIMARY KEY (resource, version)
) STRICT;

-- Code systems, so that their URIs are stored once. Key 0 is "no system".
CREATE TABLE system (
  key INTEGER PRIMARY KEY,
  uri TEXT NOT NULL UNIQUE
) STRICT;
INSERT INTO system (key, uri) VALUES (0, '');

-- One table for each kind of value. The primary key is the walk of a search, the index by
-- resource is the check of a candidate and the removal of a resource's rows.
CREATE TABLE token (
  parameter INTEGER NOT NULL,
  code      TEXT    NOT NULL,
  system    INTEGER NOT NULL,
  resource  INTEGER NOT NULL,
  PRIMARY KEY (parameter, code, system, resource)
) STRICT, WITHOUT ROWID;
CREATE INDEX token_by_resource ON token (resource, parameter);

CREATE TABLE text (
  parameter INTEGER NOT NULL,
  folded    TEXT    NOT NULL,
  exact     TEXT    NOT NULL,
  resource  INTEGER NOT NULL,
  PRIMARY KEY (parameter, folded, exact, resource)
) STRICT, WITHOUT ROWID;
CREATE INDEX text_by_resource ON text (resource, parameter);

CREATE TABLE date (
  parameter INTEGER NOT NULL,
  low       INTEGER NOT NULL,
  high      INTEGER NOT NULL,
  resource  INTEGER NOT NULL,
  PRIMARY KEY (parameter, low, high, resource)
) STRICT, WITHOUT ROWID;
CREATE INDEX date_by_resource ON date (resource, parameter);

CREATE TABLE number (
  parameter INTEGER NOT NULL,
  low       REAL    NOT NULL,
  high      REAL    NOT NULL,
  resource  INTEGER NOT NULL,
  PRIMARY KEY (parameter, low, high, resource)
) STRICT, WITHOUT ROWID;
CREATE INDEX number_by_resource ON number (resource, parameter);

-- `system` is -1 for an amount in the canonical unit of its measure.
CREATE TABLE quantity (
  parameter INTEGER NOT NULL,
  low       REAL    NOT NULL,
  high      REAL    NOT NULL,
  unit      TEXT    NOT NULL,
  system    INTEGER NOT NULL,
  resource  INTEGER NOT NULL,
  PRIMARY KEY (parameter, low, high, unit, system, resource)
) STRICT, WITHOUT ROWID;
CREATE INDEX quantity_by_resource ON quantity (resource, parameter);

-- `type` is -1 for a URL that is not a resource of this server; `target` then is the URL.
CREATE TABLE reference (
  parameter INTEGER NOT NULL,
  target    TEXT    NOT NULL,
  type      INTEGER NOT NULL,
  resource  INTEGER NOT NULL,
  PRIMARY KEY (parameter, target, type, resource)
) STRICT, WITHOUT ROWID;
CREATE INDEX reference_by_resource ON reference (resource, parameter);

CREATE TABLE uri (
  parameter INTEGER NOT NULL,
  value     TEXT    NOT NULL,
  resource  INTEGER NOT NULL,
  PRIMARY KEY (parameter, value, resource)
) STRICT, WITHOUT ROWID;
CREATE INDEX uri_by_resource ON uri (resource, parameter);

-- A place as a point on the unit sphere; `z` is its height, the sine of the latitude.
CREATE TABLE place (
  parameter INTEGER NOT NULL,
  z         REAL    NOT NULL,
  x         REAL    NOT NULL,
  y         REAL    NOT NULL,
  resource  INTEGER NOT NULL,
  PRIMARY KEY (parameter, z, x, y, resource)
) STRICT, WITHOUT ROWID;
CREATE INDEX place_by_resource ON place (resource, parameter);

-- The words of narratives and of whole resources; a document has the key of its resource. Words
-- are parted by `search::document`, so the engine only has to part them at blanks.
CREATE VIRTUAL TABLE narrative USING fts5 (
  words, content = '', contentless_delete = 1, detail = none, columnsize = 1, tokenize = 'ascii'
);
CREATE VIRTUAL TABLE content USING fts5 (
  words, content = '', contentless_delete = 1, detail = none, columnsize = 1, tokenize = 'ascii'
);
CREATE VIRTUAL TABLE narrative_word USING fts5vocab (narrative, instance);
CREATE VIRTUAL TABLE content_word USING fts5vocab (content, instance);

-- The values of composite parameters: those of one element have the same `instance`. The columns
-- are those of the other tables; each row uses those of its kind.
CREATE TABLE composite (
  parameter INTEGER NOT NULL,
  resource  INTEGER NOT NULL,
  instance  INTEGER NOT NULL,
  component INTEGER NOT NULL,
  code      TEXT,
  system    INTEGER,
  folded    TEXT,
  exact     TEXT,
  low       ANY,
  high      ANY,
  unit      TEXT,
  target    TEXT,
  type      INTEGER,
  value     TEXT
) STRICT;
CREATE INDEX composite_by_resource ON composite (resource, parameter);
CREATE INDEX composite_by_code ON composite (parameter, component, code, resource) WHERE code IS NOT NULL;
