import json

import bottle

with open("tables.json") as file:
    tables = json.load(file)


@bottle.get("/<day>")
def tides(day):
    if day not in tables:
        bottle.abort(404, "no such day")
    return {"high": tables[day]}


bottle.run(host="0.0.0.0", port=8000, server="wsgiref", quiet=True)
