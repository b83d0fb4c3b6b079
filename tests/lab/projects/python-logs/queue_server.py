"""A queue of jobs over HTTP; logs what it does and leaves its process id in a file."""
import argparse
import collections
import configparser
import json
import logging
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

jobs = collections.deque()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        job = jobs[0] if jobs else None
        self.answer(200, {"waiting": len(jobs), "next": job})

    def do_POST(self):
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        jobs.append(text)
        logging.info("queued %s", text)
        self.answer(202, {"waiting": len(jobs)})

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", required=True)
    settings = configparser.ConfigParser()
    settings.read(parser.parse_args().config)
    server = settings["server"]
    with open(server["pid"], "w") as pid:
        pid.write(str(os.getpid()))
    logging.basicConfig(filename=server["log"], level=logging.INFO)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    ThreadingHTTPServer(("", server.getint("port")), Handler).serve_forever()


main()
