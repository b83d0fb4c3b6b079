from flask import Flask, jsonify, request

app = Flask(__name__)

HARBOURS = {"Cuxhaven": 0, "Hamburg": 235, "Husum": 95}


@app.get("/")
def harbours():
    return jsonify(sorted(HARBOURS))


@app.get("/high")
def high():
    harbour = request.args.get("harbour", "")
    if harbour not in HARBOURS:
        return jsonify(error="no such harbour"), 404
    age = request.args.get("age", default=0, type=int)
    minutes = (HARBOURS[harbour] + age * 50) % 745
    return jsonify(harbour=harbour, time=f"{minutes // 60:02}:{minutes % 60:02}")
