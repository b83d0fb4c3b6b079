import signal
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

FILE = Path("/data/seed.txt")


class Trees(BaseHTTPRequestHandler):
    def do_GET(self):
        body = FILE.read_bytes() if FILE.exists() else b"no trees yet\n"
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)


signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
HTTPServer(("0.0.0.0", 8460), Trees).serve_forever()
