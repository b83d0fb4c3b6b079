"""Appends lines to a journal beside the program."""
import signal
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

journal = Path(__file__).parent / "var" / "journal.txt"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(200, journal.read_text())

    def do_POST(self):
        line = self.rfile.read(int(self.headers["Content-Length"])).decode()
        with journal.open("a") as file:
            file.write(line + "\n")
        self.answer(201, line)

    def answer(self, status, text):
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
HTTPServer(("", 8000), Handler).serve_forever()
