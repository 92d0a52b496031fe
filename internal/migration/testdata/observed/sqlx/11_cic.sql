-- no-transaction because
CREATE INDEX CONCURRENTLY ja ON a (x);
