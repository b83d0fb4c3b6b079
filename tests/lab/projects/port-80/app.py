import signal
import sys

from flask import Flask, jsonify

app = Flask(__name__)
hits = 0


@app.route("/")
def hello():
    global hits
    hits += 1
    return jsonify(message="Hello from a container", hits=hits)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    app.run(host="0.0.0.0", port=80)
