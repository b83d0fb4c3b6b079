#!/usr/bin/env python3
import json
import signal
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

with open("/etc/greeting/settings.json") as file:
    settings = json.load(file)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(settings["greeting"].encode())


signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
HTTPServer(("", 8000), Handler).serve_forever()
