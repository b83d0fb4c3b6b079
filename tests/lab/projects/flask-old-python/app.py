import sys

import orjson
from flask import Flask, Response

app = Flask(__name__)


@app.get("/")
def version():
    body = orjson.dumps({"python": list(sys.version_info[:2])})
    return Response(body, mimetype="application/json")
