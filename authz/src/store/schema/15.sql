-- Pushed requests are sealed with a key made from their reference, of which only the digest is here.
-- The ones in clear are forgotten, and what they leave on disk is overwritten; an app pushes anew.
PRAGMA secure_delete = ON;
DROP TABLE pushed_request;
CREATE TABLE pushed_request (
  digest     BLOB PRIMARY KEY CHECK (length(digest) = 32),
  client     TEXT NOT NULL REFERENCES client ON DELETE CASCADE,
  sealed     BLOB NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX pushed_request_end ON pushed_request (expires_at);
PRAGMA secure_delete = OFF;
