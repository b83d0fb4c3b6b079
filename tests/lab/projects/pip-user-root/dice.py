"""Throws dice; the same seed throws the same."""
import random
from urllib.parse import parse_qs


def app(environ, start_response):
    query = parse_qs(environ["QUERY_STRING"])
    dice = random.Random(query.get("seed", ["1"])[0])
    thrown = [dice.randint(1, 6) for _ in range(int(query.get("count", ["2"])[0]))]
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [" ".join(map(str, thrown)).encode()]
