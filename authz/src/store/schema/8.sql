-- Keys rotate and are of two kinds; a client may ask for the second.
ALTER TABLE signing_key ADD COLUMN alg TEXT NOT NULL DEFAULT 'RS256' CHECK (alg IN ('RS256', 'ES256'));
ALTER TABLE client ADD COLUMN id_token_alg TEXT NOT NULL DEFAULT 'RS256'
  CHECK (id_token_alg IN ('RS256', 'ES256'));
