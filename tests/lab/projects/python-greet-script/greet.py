from pathlib import Path

from markupsafe import escape

messages = Path(__file__).parent / "messages"


def app(environ, start_response):
    path = messages / (environ["PATH_INFO"].strip("/") or "hello")
    if not path.is_file():
        start_response("404 Not Found", [("Content-Type", "text/plain")])
        return [b"no such message\n"]
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
    return [str(escape(path.read_text())).encode()]
