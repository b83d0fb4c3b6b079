CREATE TABLE phone (name TEXT PRIMARY KEY, number TEXT NOT NULL);
CREATE TABLE lookup (name TEXT);
INSERT INTO phone VALUES ('ada', '555-0100'), ('grace', '555-0199');
