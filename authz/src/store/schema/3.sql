-- The grant types a client may use.
ALTER TABLE client ADD COLUMN grant_types TEXT NOT NULL DEFAULT 'authorization_code refresh_token';

-- Access tokens of backend services, behind which no person and no consent stands.
CREATE TABLE backend_token (
  digest     BLOB PRIMARY KEY CHECK (length(digest) = 32),
  client     TEXT NOT NULL REFERENCES client ON DELETE CASCADE,
  scopes     TEXT NOT NULL,
  issued_at  INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX backend_token_end ON backend_token (expires_at);
