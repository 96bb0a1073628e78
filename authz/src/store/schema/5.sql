-- EHR launches (SMART App Launch 2.2). What a launch is about is JSON: it is only ever read whole.
ALTER TABLE client ADD COLUMN launch_url TEXT;
ALTER TABLE client ADD COLUMN fhir_context TEXT CHECK (fhir_context IN ('references', 'objects'));

CREATE TABLE launch (
  handle_digest BLOB PRIMARY KEY CHECK (length(handle_digest) = 32),
  client        TEXT NOT NULL REFERENCES client ON DELETE CASCADE,
  launch        TEXT NOT NULL,
  expires_at    INTEGER NOT NULL,
  used_at       INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX launch_end ON launch (expires_at);

ALTER TABLE grant_request ADD COLUMN launch TEXT;
ALTER TABLE family ADD COLUMN setting TEXT;
