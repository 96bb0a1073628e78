-- History of a type and of the whole system walks by time, deletions included.
DROP INDEX resource_by_update;
CREATE INDEX resource_by_update ON resource (type, updated);
CREATE INDEX resource_by_time ON resource (updated);
CREATE INDEX history_by_time ON history (updated);
