"""Each order becomes a file."""
import signal
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

orders = Path("/srv/shop/orders")


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(200, "\n".join(sorted(it.read_text() for it in orders.iterdir())))

    def do_POST(self):
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        (orders / f"{len(list(orders.iterdir())) + 1}.txt").write_text(text)
        self.answer(201, "thank you")

    def answer(self, status, text):
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
HTTPServer(("", 8500), Handler).serve_forever()
