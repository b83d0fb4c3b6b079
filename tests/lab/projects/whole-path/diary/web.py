from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from diary import pages


class Handler(BaseHTTPRequestHandler):
    def answer(self, status, text):
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text.encode())

    def do_GET(self):
        self.answer(200, pages.read() or "nothing yet")

    def do_POST(self):
        pages.write(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.answer(201, "written")


ThreadingHTTPServer(("", 8000), Handler).serve_forever()
