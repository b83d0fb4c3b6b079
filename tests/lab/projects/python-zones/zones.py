"""Tells the time of one moment in several towns, as people write it there."""
import datetime
import http.server
import signal
import sys
import time
import zoneinfo

from babel.dates import format_datetime

MOMENT = datetime.datetime.fromtimestamp(1_770_000_000, datetime.timezone.utc)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        there = MOMENT.astimezone(zoneinfo.ZoneInfo("Asia/Kathmandu"))
        said = format_datetime(there, locale="fr_FR")
        text = f"{said}; here {time.strftime('%H:%M', time.localtime(MOMENT.timestamp()))} {time.tzname[0]}\n"
        self.send_response(200)
        self.end_headers()
        self.wfile.write(text.encode())


http.server.HTTPServer(("", 8080), Handler).serve_forever()
