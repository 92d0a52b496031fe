-- atlas:delimiter \n\n\n
CREATE INDEX ia ON a (x);
CREATE INDEX ib ON b (x);


INSERT INTO a VALUES (2)


SELECT 3,
 $$


$$, (4


);
