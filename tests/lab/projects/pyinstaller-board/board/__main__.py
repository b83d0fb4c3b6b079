import os
import sqlite3

from flask import Flask, render_template
from lxml import etree
from waitress import serve

app = Flask(__name__)
shelf = sqlite3.connect(":memory:", check_same_thread=False)
shelf.execute("create table notes (text)")
shelf.executemany("insert into notes values (?)", [("milk",), ("bread & butter",)])


@app.get("/")
def index():
    return render_template("index.html", notes=[row[0] for row in shelf.execute("select text from notes")])


@app.get("/feed")
def feed():
    root = etree.Element("notes")
    for (text,) in shelf.execute("select text from notes"):
        etree.SubElement(root, "note").text = text
    return etree.tostring(root), {"Content-Type": "application/xml"}


if __name__ == "__main__":
    serve(app, host="0.0.0.0", port=int(os.environ.get("PORT", "8000")))
