CREATE TABLE books (title TEXT, pages INTEGER);
INSERT INTO books VALUES ('The Tides', 310), ('On Bees', 128), ('A Long Road', 540);
