import csv
import sys
from importlib import resources

from tabulate import tabulate


def main():
    if len(sys.argv) < 2 or "--help" in sys.argv:
        print(resources.files("columns").joinpath("help.txt").read_text(), end="")
        return 2
    with open(sys.argv[1], newline="") as file:
        rows = list(csv.DictReader(file))
    print(tabulate(rows, headers="keys"))
    if "--sum" in sys.argv:
        column = sys.argv[sys.argv.index("--sum") + 1]
        print(f"{column}: {sum(float(row[column]) for row in rows):.2f}")
    with open("/etc/built-for") as note:
        assert note.read().split()[-1] == f"{sys.version_info[0]}.{sys.version_info[1]}"
    return 0
