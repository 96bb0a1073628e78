-- Authorization requests that clients pushed beforehand (RFC 9126). A row goes when a person decides.
CREATE TABLE pushed_request (
  digest     BLOB PRIMARY KEY CHECK (length(digest) = 32),
  client     TEXT NOT NULL REFERENCES client ON DELETE CASCADE,
  parameters TEXT NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX pushed_request_end ON pushed_request (expires_at);
ALTER TABLE grant_request ADD COLUMN pushed_digest BLOB CHECK (length(pushed_digest) = 32);
ALTER TABLE client ADD COLUMN require_pushed INTEGER NOT NULL DEFAULT 0;
