import signal
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

from .primes import primes


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            below = int(self.path.strip("/"))
        except ValueError:
            return self.send_error(400)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(" ".join(map(str, primes(below))).encode())


signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
HTTPServer(("", 8000), Handler).serve_forever()
