-- Management of one's own registration (RFC 7592), and where people go after signing out.
ALTER TABLE client ADD COLUMN management_digest BLOB CHECK (length(management_digest) = 32);
ALTER TABLE client ADD COLUMN post_logout_redirect_uris TEXT NOT NULL DEFAULT '';
CREATE INDEX family_of_client ON family (client);
