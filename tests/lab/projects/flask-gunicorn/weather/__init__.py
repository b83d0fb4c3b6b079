from flask import Flask, abort, jsonify, render_template, request

from .stations import STATIONS, nearest


def create_app():
    app = Flask(__name__)

    @app.get("/")
    def index():
        return render_template("index.html", stations=STATIONS)

    @app.get("/nearest")
    def find():
        try:
            latitude, longitude = float(request.args["lat"]), float(request.args["lon"])
        except (KeyError, ValueError):
            abort(400, "lat and lon are needed")
        return jsonify(nearest(latitude, longitude))

    return app
