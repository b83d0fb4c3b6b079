import sqlite3

from bottle import Bottle, abort, request, template

from library import DATABASE

app = Bottle()


@app.get("/")
def index():
    with sqlite3.connect(DATABASE) as database:
        books = database.execute("SELECT title, lent FROM book ORDER BY title").fetchall()
    return template("views/books.tpl", books=books)


@app.post("/lend")
def lend():
    with sqlite3.connect(DATABASE) as database:
        done = database.execute("UPDATE book SET lent = 1 WHERE title = ? AND NOT lent", [request.forms.title])
    if not done.rowcount:
        abort(409, "it is lent, or there is none")
    return "enjoy it\n"
