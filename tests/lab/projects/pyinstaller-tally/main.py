import argparse
import csv
import decimal
import ssl
import zlib
from collections import Counter
from zoneinfo import ZoneInfo

from dateutil.parser import parse
from tabulate import tabulate

DEFAULT = "data/votes.csv"


def main():
    parser = argparse.ArgumentParser(prog="tally", description="Counts votes.")
    parser.add_argument("file", nargs="?", default=DEFAULT)
    args = parser.parse_args()
    with open(args.file, newline="") as lines:
        rows = list(csv.DictReader(lines))
    votes = Counter(row["for"] for row in rows)
    last = max(parse(row["at"]) for row in rows).astimezone(ZoneInfo("Europe/Vienna"))
    print(tabulate(sorted(votes.items()), headers=["for", "votes"]))
    print("last:", last.isoformat(), "certificates:", bool(ssl.create_default_context().get_ca_certs()))
    print("mean:", decimal.Decimal(sum(votes.values())) / len(votes), zlib.crc32(b"tally"))


if __name__ == "__main__":
    main()
