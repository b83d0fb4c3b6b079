from http.server import BaseHTTPRequestHandler, HTTPServer

import adler


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        answer = f"{adler.sum(body):08x}\n".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def do_GET(self):
        self.send_error(405, "send something")


HTTPServer(("", 5000), Handler).serve_forever()
