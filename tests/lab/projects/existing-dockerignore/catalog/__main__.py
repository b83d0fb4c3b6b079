import csv
import signal
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

from itsdangerous import Signer

with open("data/example.csv", newline="") as file:
    rows = list(csv.DictReader(file))
signer = Signer("not a secret")


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        lines = [signer.sign(f"{row['name']} {row['price']}").decode() for row in rows]
        self.send_response(200)
        self.end_headers()
        self.wfile.write("\n".join(lines).encode())


signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
HTTPServer(("", int(sys.argv[1])), Handler).serve_forever()
