-- What a person is here, and as whom they act for a patient.
ALTER TABLE user ADD COLUMN role TEXT NOT NULL DEFAULT 'patient'
  CHECK (role IN ('patient', 'representative', 'practitioner', 'admin'));

CREATE TABLE user_patient_with_role (
  user          INTEGER NOT NULL REFERENCES user ON DELETE CASCADE,
  position      INTEGER NOT NULL,
  patient       TEXT NOT NULL,
  name          TEXT NOT NULL,
  relationship  TEXT NOT NULL CHECK (relationship IN ('self', 'represented', 'treated')),
  fhir_user     TEXT,
  encounter     TEXT,
  PRIMARY KEY (user, patient)
) STRICT, WITHOUT ROWID;
INSERT INTO user_patient_with_role (user, position, patient, name, relationship)
  SELECT user, position, patient, name, relationship FROM user_patient;
DROP TABLE user_patient;
ALTER TABLE user_patient_with_role RENAME TO user_patient;
