"""Notes in a database on a volume."""
import json
import os
import signal
import sqlite3
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

database = sqlite3.connect(os.environ["NOTES_DB"])
database.execute("CREATE TABLE IF NOT EXISTS note (id INTEGER PRIMARY KEY, text TEXT)")


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(200, [text for (text,) in database.execute("SELECT text FROM note ORDER BY id")])

    def do_POST(self):
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        with database:
            database.execute("INSERT INTO note (text) VALUES (?)", [text])
        self.answer(201, {"text": text})

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
HTTPServer(("", 5005), Handler).serve_forever()
