-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY ja ON a (x);

-- migrate:down
