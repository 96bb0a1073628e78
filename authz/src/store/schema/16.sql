-- The hash that the users file gave. A password that a person chose since stands until the file gives
-- another.
ALTER TABLE user ADD COLUMN planted_hash TEXT;
