CREATE INDEX audit_of_actor ON audit (actor, id);
