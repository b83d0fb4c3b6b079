import argparse
import json
import signal
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

from . import __version__

WORDS = {"de": "Hallo", "en": "Hello", "fr": "Bonjour", "it": "Ciao"}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        name = self.path.strip("/")
        if name == "version":
            body = __version__
        elif name in WORDS:
            body = WORDS[name]
        else:
            return self.send_error(404)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=7000)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    HTTPServer(("", parser.parse_args().port), Handler).serve_forever()
