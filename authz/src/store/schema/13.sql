-- How an app presents itself to people.
ALTER TABLE client ADD COLUMN presentation TEXT;
-- What tokens were used for, by kind of data; what was counted before is of no known kind.
CREATE TABLE family_use_by_kind (
  family   INTEGER NOT NULL REFERENCES family ON DELETE CASCADE,
  day      INTEGER NOT NULL,
  kind     TEXT NOT NULL,
  requests INTEGER NOT NULL CHECK (requests > 0),
  PRIMARY KEY (family, day, kind)
) STRICT, WITHOUT ROWID;
INSERT INTO family_use_by_kind SELECT family, day, 'other', requests FROM family_use;
DROP TABLE family_use;
ALTER TABLE family_use_by_kind RENAME TO family_use;
CREATE INDEX family_of_patient ON family (patient) WHERE patient IS NOT NULL;
-- What of a record a person opened; and finding what was done with a record.
ALTER TABLE audit ADD COLUMN kind TEXT;
CREATE INDEX audit_of_patient ON audit (patient, id) WHERE patient IS NOT NULL;
