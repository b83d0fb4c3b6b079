import sqlite3

from library import DATABASE

with sqlite3.connect(DATABASE) as database:
    database.execute("CREATE TABLE IF NOT EXISTS book (title TEXT PRIMARY KEY, lent INTEGER DEFAULT 0)")
    database.executemany("INSERT OR IGNORE INTO book (title) VALUES (?)", [("Emma",), ("Middlemarch",)])
