-- Keys of clients that authenticate with private_key_jwt: given, or where they are published.
ALTER TABLE client ADD COLUMN jwks TEXT;
ALTER TABLE client ADD COLUMN jwks_uri TEXT;

-- Client assertions that were accepted and have not ended; none is accepted twice.
CREATE TABLE spent_assertion (
  client     TEXT NOT NULL REFERENCES client ON DELETE CASCADE,
  jti_digest BLOB NOT NULL CHECK (length(jti_digest) = 32),
  until      INTEGER NOT NULL,
  PRIMARY KEY (client, jti_digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX spent_assertion_end ON spent_assertion (until);
