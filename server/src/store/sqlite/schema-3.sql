-- The charts of patients. A line with an empty `code` says that a resource belongs to a patient;
-- the other lines say by what code or category. `parameter` tells the type in either case.
-- `updated` is that of the resource, `low` and `high` are its date of care, and `marks` holds a bit
-- for each parameter that names the patient, and one for several dates of care. A search in one
-- chart looks at nothing else.
CREATE TABLE chart (
  patient   TEXT    NOT NULL,
  parameter INTEGER NOT NULL,
  code      TEXT    NOT NULL,
  system    INTEGER NOT NULL,
  key       INTEGER NOT NULL,
  updated   INTEGER NOT NULL,
  low       INTEGER,
  high      INTEGER,
  marks     INTEGER NOT NULL,
  PRIMARY KEY (patient, parameter, code, system, key)
) STRICT, WITHOUT ROWID;
