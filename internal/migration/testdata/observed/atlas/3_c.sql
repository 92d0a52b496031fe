-- atlas:delimiter --end
CREATE INDEX CONCURRENTLY ja ON a (x);
--end
INSERT INTO b VALUES (1); INSERT INTO b VALUES (2);
--end
