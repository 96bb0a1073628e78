-- An answer to a refresh may be lost on the way. The token that replaced another says which one, and
-- which access token came with it, so that the lost pair can be withdrawn and another issued.
ALTER TABLE refresh_token ADD COLUMN replaces BLOB CHECK (length(replaces) = 32);
ALTER TABLE refresh_token ADD COLUMN access BLOB CHECK (length(access) = 32);
