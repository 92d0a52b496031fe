CREATE TABLE #[t] (x int);
CREATE TABLE b (x int);
