-- What a consent could have given at most, so that a person can change their mind within it; and how
-- often tokens of it were used, by day.
ALTER TABLE family ADD COLUMN offered TEXT;
CREATE TABLE family_use (
  family   INTEGER NOT NULL REFERENCES family ON DELETE CASCADE,
  day      INTEGER NOT NULL,
  requests INTEGER NOT NULL CHECK (requests > 0),
  PRIMARY KEY (family, day)
) STRICT, WITHOUT ROWID;
-- Which person registered an app by form.
CREATE TABLE client_owner (
  client TEXT PRIMARY KEY REFERENCES client ON DELETE CASCADE,
  user   INTEGER NOT NULL REFERENCES user ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX client_owner_user ON client_owner (user);
