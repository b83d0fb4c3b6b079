#!/usr/bin/env python3
"""Makes records for `jettison stream` from a folder of Dockerfiles, on standard output.

    records.py FOLDER [--count N]

With --count the files are taken again and again until there are N records. What is not UTF-8 is left out, and told.
"""
import argparse
import itertools
import json
import pathlib
import re
import sys

NAME = re.compile(r"(Dockerfile|Containerfile)(\..+)?|.+\.[Dd]ockerfile")


def dockerfiles(folder):
    """Their paths from `folder` with their texts, sorted."""
    found = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and NAME.fullmatch(path.name)):
        try:
            found.append((path.relative_to(folder).as_posix(), path.read_bytes().decode("utf-8")))
        except UnicodeDecodeError as error:
            print(f"records.py: {path}: left out, {error}", file=sys.stderr)
    return found


def records(found, count):
    """The first `count` of `found`, again and again; all once without a number."""
    rounds = itertools.count() if count else range(1)
    endless = ((number, path, text) for number in rounds for path, text in found)
    for id, (number, path, text) in enumerate(itertools.islice(endless, count)):
        yield {"id": id, "path": f"round{number}/{path}" if count else path, "content": text}


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folder", type=pathlib.Path)
    options.add_argument("--count", type=int)
    options = options.parse_args()
    found = dockerfiles(options.folder)
    if not found:
        sys.exit(f"records.py: no Dockerfiles in {options.folder}")
    for record in records(found, options.count):
        sys.stdout.write(json.dumps(record) + "\n")


if __name__ == "__main__":
    main()
