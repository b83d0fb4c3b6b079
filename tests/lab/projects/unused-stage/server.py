from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from functools import partial
import signal
import sys

signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
handler = partial(SimpleHTTPRequestHandler, directory="public")
ThreadingHTTPServer(("0.0.0.0", 8450), handler).serve_forever()
