--- setup
CREATE TABLE ref (id bigint PRIMARY KEY);
INSERT INTO ref SELECT generate_series(1, 1000);
CREATE TABLE ev (id bigint NOT NULL, at date NOT NULL, ref_id bigint) PARTITION BY RANGE (at);
CREATE TABLE ev_a PARTITION OF ev FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE ev_b PARTITION OF ev FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO ev SELECT n, date '2025-01-01' + (n % 700)::int, n FROM generate_series(1, 1000) n;
ALTER TABLE ev_a ADD CONSTRAINT a_key FOREIGN KEY (ref_id) REFERENCES ref;
ALTER TABLE ev_b ADD CONSTRAINT b_key FOREIGN KEY (ref_id) REFERENCES ref;
CREATE UNIQUE INDEX ua ON ev_a (id, at);
ALTER TABLE ev_a ADD CONSTRAINT ua UNIQUE USING INDEX ua;
CREATE UNIQUE INDEX ub ON ev_b (id, at);
ALTER TABLE ev_b ADD CONSTRAINT ub UNIQUE USING INDEX ub;
--- case own keys of partitions are taken over
ALTER TABLE ev ADD FOREIGN KEY (ref_id) REFERENCES ref;
--- case other actions are other keys
ALTER TABLE ev ADD FOREIGN KEY (ref_id) REFERENCES ref ON DELETE CASCADE;
--- case a deferrable key is another key
ALTER TABLE ev ADD FOREIGN KEY (ref_id) REFERENCES ref (id) DEFERRABLE;
--- case own unique constraints of partitions are taken over
ALTER TABLE ev ADD UNIQUE (id, at);
--- setup
CREATE TABLE ref (id bigint PRIMARY KEY);
INSERT INTO ref SELECT generate_series(1, 1000);
CREATE TABLE ev (id bigint NOT NULL, at date NOT NULL, ref_id bigint) PARTITION BY RANGE (at);
CREATE TABLE ev_a PARTITION OF ev FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE ev_b PARTITION OF ev FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO ev SELECT n, date '2025-01-01' + (n % 700)::int, n FROM generate_series(1, 1000) n;
ALTER TABLE ev_a ADD CONSTRAINT a_key FOREIGN KEY (ref_id) REFERENCES ref;
ALTER TABLE ev_b ADD CONSTRAINT b_key FOREIGN KEY (ref_id) REFERENCES ref NOT VALID;
--- case a key that is not valid is not taken over
ALTER TABLE ev ADD FOREIGN KEY (ref_id) REFERENCES ref;
