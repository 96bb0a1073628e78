-- History of a type and of the whole system walks by time, deletions included.
CREATE INDEX resource_by_time ON resource (updated, type);
CREATE INDEX history_by_time ON history (updated);
