import os
import sqlite3

from flask import Flask, request

app = Flask(__name__)


def database():
    return sqlite3.connect(os.environ["DATABASE"])


@app.get("/ping")
def ping():
    return "pong\n"


@app.get("/tickets")
def tickets():
    with database() as it:
        return [dict(id=id, text=text, state=state) for id, text, state in it.execute("SELECT id, text, state FROM ticket")]


@app.post("/tickets")
def add():
    with database() as it:
        it.execute("INSERT INTO ticket (text) VALUES (?)", [request.get_data(as_text=True)])
    return "noted\n", 201
