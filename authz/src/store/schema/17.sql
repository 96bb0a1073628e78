-- Whose records were read with tokens that reach beyond one, by day and kind of data.
CREATE TABLE disclosure (
  patient  TEXT NOT NULL,
  day      INTEGER NOT NULL,
  client   TEXT NOT NULL REFERENCES client ON DELETE CASCADE,
  user     INTEGER NOT NULL REFERENCES user ON DELETE CASCADE,
  kind     TEXT NOT NULL,
  requests INTEGER NOT NULL CHECK (requests > 0),
  PRIMARY KEY (patient, day, client, user, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX disclosure_of_user ON disclosure (user, day);
