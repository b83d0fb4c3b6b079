DATABASE = "db/library.sqlite"
