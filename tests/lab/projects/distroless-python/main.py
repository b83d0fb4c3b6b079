import signal
import sys

from bottle import Bottle, run, template

app = Bottle()


@app.get("/hello/<name>")
def hello(name):
    return template("Hello {{name}}!", name=name)


signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
run(app, host="0.0.0.0", port=8000, quiet=True)
