import os
import signal
import sys

from bottle import route, run

signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))


@route("/")
def weather():
    return f"It rains in {os.environ['TOWN']}\n"


run(host="0.0.0.0", port=5000, quiet=True)
