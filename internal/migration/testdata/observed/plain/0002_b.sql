CREATE INDEX ia ON a (x);
