INSERT INTO accounts (email) VALUES ('a@example.org');
