from flask import Flask

app = Flask(__name__)


@app.get("/")
def index():
    return "tick"


@app.get("/health")
def health():
    return "", 204
