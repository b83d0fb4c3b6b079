CREATE TABLE books (title TEXT NOT NULL, author TEXT NOT NULL, year INTEGER);
INSERT INTO books VALUES ('Frankenstein', 'Mary Shelley', 1818);
INSERT INTO books VALUES ('Middlemarch', 'George Eliot', 1871);
INSERT INTO books VALUES ('Silas Marner', 'George Eliot', 1861);
