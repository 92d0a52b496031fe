COPY a FROM stdin;
1
\N
\.
\ir more.sql;
INSERT INTO a VALUES (3);
