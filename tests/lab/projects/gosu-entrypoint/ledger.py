#!/usr/bin/python3
"""A list of amounts in the current folder."""
import signal
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            with open("amounts.txt") as amounts:
                self.answer(200, f"{sum(map(int, amounts))}\n")
        except FileNotFoundError:
            self.answer(200, "0\n")

    def do_POST(self):
        amount = int(self.rfile.read(int(self.headers["Content-Length"])))
        with open("amounts.txt", "a") as amounts:
            amounts.write(f"{amount}\n")
        self.answer(201, "kept\n")

    def answer(self, status, text):
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
HTTPServer(("", 6400), Handler).serve_forever()
