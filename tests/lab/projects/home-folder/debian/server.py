"""Says who it is, and takes notes at home."""
import getpass
import os
import pathlib
import signal
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        with open(pathlib.Path.home() / "seen", "a") as seen:
            print(self.path, file=seen)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"{getpass.getuser()} {os.getuid()} {os.environ['HOME']}".encode())

    def log_message(self, *_):
        pass


signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
HTTPServer(("", 8081), Handler).serve_forever()
