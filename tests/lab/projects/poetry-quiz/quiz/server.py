import argparse
import tomllib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources

from jinja2 import Environment, PackageLoader

pages = Environment(loader=PackageLoader("quiz"), autoescape=True)
questions = tomllib.loads(resources.files("quiz").joinpath("questions.toml").read_text())


class Quiz(BaseHTTPRequestHandler):
    def do_GET(self):
        name = self.path.strip("/")
        if name and name not in questions:
            return self.send_error(404)
        text = pages.get_template("question.html").render(name=name, questions=questions).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(text)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=8000)
    ThreadingHTTPServer(("", parser.parse_args().port), Quiz).serve_forever()
