#!/usr/bin/env python3
"""Time and memory over the number of Dockerfiles: the table of the README.

    scale.py FOLDER --jettison PATH [--counts 10000,30000,100000] [--rounds 2] [--kinds alone,context,stream] [--keep DIR]

FOLDER is any tree of Dockerfiles; they are taken again and again, each into a folder of its own below a hundred others, until
there are enough. Each row is one process, the quickest of the rounds, of

    alone      jettison --diff over a tree with nothing but Dockerfiles
    context    the same over a tree in which each Dockerfile has the files that it copies, so that contexts are known and ignore files
               are examined, too
    stream     jettison stream over the same Dockerfiles as records

Trees are made in a temporary folder, or kept in DIR and taken from there the next time. Needs GNU time (Debian: time).
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time

from speed import measure

COPY = re.compile(r"^(?:COPY|ADD)[ \t]+(?!.*--from)((?:[\w./-]+[ \t]+)+)[\w./-]+[ \t]*$", re.MULTILINE)


def texts(folder):
    files = sorted(path for path in folder.rglob("*") if path.is_file() and "ockerfile" in path.name)
    found = []
    for path in files:
        try:
            found.append(path.read_bytes().decode("utf-8"))
        except UnicodeDecodeError:
            pass
    return found or sys.exit(f"scale.py: no Dockerfiles in {folder}")


def sources(text):
    """What a Dockerfile copies by its name from its context."""
    words = [word for words in COPY.findall(text) for word in words.split()]
    return [word.strip("./") for word in words if ".." not in word and word.strip("./") and len(word) < 80]


def make_tree(tree, found, count, with_sources):
    for number in range(count):
        folder = tree / f"team{number % 100:02}" / f"service{number:06}"
        folder.mkdir(parents=True)
        text = found[number % len(found)]
        (folder / "Dockerfile").write_bytes(text.encode())
        for source in sources(text) if with_sources else []:
            path = folder / source
            if not path.exists() and all(not above.is_file() for above in path.parents):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text("x\n")


def make_records(path, found, count):
    with path.open("w") as out:
        for number in range(count):
            record = {"id": number, "path": f"{number}/Dockerfile", "content": found[number % len(found)]}
            out.write(json.dumps(record) + "\n")


def made(kind, where, found, count):
    """The input of a kind, made unless it is there."""
    path = where / f"{kind}-{count}"
    if not path.exists():
        being_made = where / f"{kind}-{count}.new"
        if kind == "stream":
            make_records(being_made, found, count)
        else:
            make_tree(being_made, found, count, kind == "context")
        being_made.rename(path)
        subprocess.run(["sync"], check=False)
    return path


def run(kind, path, jettison, timeout):
    if kind != "stream":
        return measure([jettison, "--diff", str(path)], timeout, path.parent)
    return measure(["sh", "-c", 'exec "$0" stream < "$1"', jettison, str(path)], timeout)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folder", type=pathlib.Path)
    options.add_argument("--jettison", required=True, type=pathlib.Path)
    options.add_argument("--counts", default="10000,30000,100000")
    options.add_argument("--kinds", default="alone,context,stream")
    options.add_argument("--rounds", type=int, default=2)
    options.add_argument("--timeout", type=float, default=600)
    options.add_argument("--keep", type=pathlib.Path)
    options = options.parse_args()
    jettison, found = str(options.jettison.resolve()), texts(options.folder)
    print("| | Dockerfiles | seconds | CPU, seconds | CPU, ms a file | peak memory, MB |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as temporary:
        where = (options.keep or pathlib.Path(temporary)).resolve()
        where.mkdir(parents=True, exist_ok=True)
        for kind in options.kinds.split(","):
            for count in map(int, options.counts.split(",")):
                path = made(kind, where, found, count)
                rounds = [run(kind, path, jettison, options.timeout) for _ in range(options.rounds)]
                failed = [it["status"] for it in rounds if it["status"] not in (0, 3)]
                if failed:
                    sys.exit(f"scale.py: {kind}, {count}: ended with {failed[0]}")
                best = min(rounds, key=lambda it: it["wall"])
                cpu = best["cpu"]
                print(f"| {kind} | {count:,} | {best['wall']:.1f} | {cpu:.1f} | {1000 * cpu / count:.2f} | {best['memory']:.0f} |", flush=True)
                time.sleep(1)


if __name__ == "__main__":
    main()
