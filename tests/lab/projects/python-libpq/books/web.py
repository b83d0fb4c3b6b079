import os
import sqlite3
import ssl
import zoneinfo

import psycopg2
import psycopg2.extensions
from flask import Flask, jsonify, render_template

app = Flask(__name__)


@app.get("/")
def index():
    try:
        psycopg2.connect(os.environ.get("DATABASE_URL", "host=127.0.0.1 port=1 dbname=books"))
        state = "there"
    except psycopg2.OperationalError:
        state = "away"
    return render_template("index.html", state=state)


@app.get("/about")
def about():
    return jsonify(
        libpq=psycopg2.extensions.libpq_version() // 10000 > 9,
        tls=ssl.HAS_TLSv1_3,
        engine=sqlite3.connect(":memory:").execute("select 6 * 7").fetchone()[0],
        zone=str(zoneinfo.ZoneInfo("Europe/Berlin")),
        umlaut="ü".encode().hex(),
    )
