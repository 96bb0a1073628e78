-- Instants are milliseconds since the Unix epoch, UTC. A column that ends in _digest holds the
-- SHA-256 of a secret and never the secret.

CREATE TABLE user (
  id            INTEGER PRIMARY KEY,
  username      TEXT NOT NULL UNIQUE,
  subject       TEXT NOT NULL UNIQUE,
  name          TEXT NOT NULL,
  fhir_user     TEXT,
  password_hash TEXT NOT NULL,
  source        TEXT NOT NULL CHECK (source IN ('demo', 'file')),
  disabled      INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE user_patient (
  user          INTEGER NOT NULL REFERENCES user ON DELETE CASCADE,
  position      INTEGER NOT NULL,
  patient       TEXT NOT NULL,
  name          TEXT NOT NULL,
  relationship  TEXT NOT NULL CHECK (relationship IN ('self', 'represented')),
  PRIMARY KEY (user, patient)
) STRICT, WITHOUT ROWID;

CREATE TABLE client (
  id                TEXT PRIMARY KEY,
  name              TEXT NOT NULL,
  source            TEXT NOT NULL CHECK (source IN ('demo', 'file', 'registered', 'resource-server')),
  methods           TEXT NOT NULL,
  secret_digest     BLOB CHECK (length(secret_digest) = 32),
  secret_expires_at INTEGER,
  redirect_uris     TEXT NOT NULL,
  scopes            TEXT NOT NULL,
  pkce_optional     INTEGER NOT NULL DEFAULT 0,
  introspects_all   INTEGER NOT NULL DEFAULT 0,
  disabled          INTEGER NOT NULL DEFAULT 0,
  created_at        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Web origins of public clients, for CORS.
CREATE TABLE client_origin (
  origin TEXT NOT NULL,
  client TEXT NOT NULL REFERENCES client ON DELETE CASCADE,
  PRIMARY KEY (origin, client)
) STRICT, WITHOUT ROWID;

CREATE TABLE session (
  digest     BLOB PRIMARY KEY CHECK (length(digest) = 32),
  user       INTEGER NOT NULL REFERENCES user ON DELETE CASCADE,
  auth_time  INTEGER NOT NULL,
  seen_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE family (
  id             INTEGER PRIMARY KEY,
  handle         TEXT NOT NULL UNIQUE,
  client         TEXT NOT NULL REFERENCES client ON DELETE CASCADE,
  user           INTEGER NOT NULL REFERENCES user ON DELETE CASCADE,
  patient        TEXT,
  scopes         TEXT NOT NULL,
  fhir_user      TEXT,
  granted_at     INTEGER NOT NULL,
  share_until    INTEGER NOT NULL,
  -- Present only when online_access, and not offline_access, was granted.
  session_digest BLOB,
  online_until   INTEGER,
  used_at        INTEGER NOT NULL,
  revoked_at     INTEGER,
  CHECK (share_until > granted_at),
  CHECK ((session_digest IS NULL) = (online_until IS NULL))
) STRICT;
CREATE INDEX family_of_user ON family (user, revoked_at);
CREATE INDEX family_of_session ON family (session_digest) WHERE session_digest IS NOT NULL;

CREATE TABLE access_token (
  digest     BLOB PRIMARY KEY CHECK (length(digest) = 32),
  family     INTEGER NOT NULL REFERENCES family ON DELETE CASCADE,
  scopes     TEXT NOT NULL,
  issued_at  INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX access_token_end ON access_token (expires_at);

CREATE TABLE refresh_token (
  digest     BLOB PRIMARY KEY CHECK (length(digest) = 32),
  family     INTEGER NOT NULL REFERENCES family ON DELETE CASCADE,
  issued_at  INTEGER NOT NULL,
  spent_at   INTEGER
) STRICT, WITHOUT ROWID;
-- At most one live refresh token per family.
CREATE UNIQUE INDEX refresh_token_live ON refresh_token (family) WHERE spent_at IS NULL;

-- One row per authorization request. The checks admit exactly the columns of each stage.
CREATE TABLE grant_request (
  handle_digest  BLOB PRIMARY KEY CHECK (length(handle_digest) = 32),
  session_digest BLOB CHECK (length(session_digest) = 32),
  stage          TEXT NOT NULL CHECK (stage IN ('requested', 'identified', 'context-chosen',
                   'approved', 'exchanged', 'replayed', 'refused', 'denied', 'expired')),
  client         TEXT NOT NULL REFERENCES client ON DELETE CASCADE,
  redirect_uri   TEXT NOT NULL,
  state          TEXT,
  offered        TEXT NOT NULL,
  nonce          TEXT,
  challenge      TEXT,
  login_required INTEGER NOT NULL,
  max_age        INTEGER,
  expires_at     INTEGER NOT NULL,
  user           INTEGER REFERENCES user ON DELETE CASCADE,
  auth_time      INTEGER,
  patient        TEXT,
  scopes         TEXT,
  share_until    INTEGER,
  code_digest    BLOB UNIQUE CHECK (length(code_digest) = 32),
  family         INTEGER REFERENCES family ON DELETE CASCADE,
  CHECK ((user IS NOT NULL) = (stage IN ('identified', 'context-chosen', 'approved'))),
  CHECK ((auth_time IS NOT NULL) = (user IS NOT NULL)),
  CHECK (patient IS NULL OR stage IN ('context-chosen', 'approved')),
  CHECK ((scopes IS NOT NULL) = (stage = 'approved')),
  CHECK ((share_until IS NOT NULL) = (stage = 'approved')),
  CHECK ((code_digest IS NOT NULL) = (stage IN ('approved', 'exchanged'))),
  CHECK ((family IS NOT NULL) = (stage = 'exchanged')),
  CHECK (state IS NULL OR stage IN ('requested', 'identified', 'context-chosen'))
) STRICT, WITHOUT ROWID;
CREATE INDEX grant_request_end ON grant_request (expires_at);

CREATE TABLE signing_key (
  kid        TEXT PRIMARY KEY,
  pkcs8      BLOB NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  at      INTEGER NOT NULL,
  event   TEXT NOT NULL,
  outcome TEXT NOT NULL,
  actor   TEXT,
  client  TEXT,
  patient TEXT
) STRICT;
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
  BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit
  BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
