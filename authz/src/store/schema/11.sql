-- Tokens bound to a key (RFC 9449): the thumbprint of the key. A family has one when its refresh
-- tokens are bound too, because its client cannot prove itself in another way.
ALTER TABLE access_token ADD COLUMN jkt TEXT;
ALTER TABLE backend_token ADD COLUMN jkt TEXT;
ALTER TABLE family ADD COLUMN jkt TEXT;
ALTER TABLE grant_request ADD COLUMN dpop_jkt TEXT;
ALTER TABLE client ADD COLUMN dpop_bound INTEGER NOT NULL DEFAULT 0;
