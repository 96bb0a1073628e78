-- Lifetimes that the operator set for a client, in seconds.
ALTER TABLE client ADD COLUMN access_lifetime INTEGER CHECK (access_lifetime > 0);
ALTER TABLE client ADD COLUMN refresh_idle INTEGER CHECK (refresh_idle > 0);
