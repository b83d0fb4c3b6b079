#!/usr/bin/env python3
"""Compares what the RUNs of two trees of Dockerfiles run, by running them with stubs in an empty world.

    trace.py BEFORE AFTER [--limit N] [--jobs 2] [--seed S] [--json FILE] [--tools DIR]
             [--jettison PATH]
    trace.py --generate N --seed S TREE

BEFORE and AFTER hold the same relative paths; files with the same bytes are left out. Every difference that is not one of the
declared ones (see README.md) is printed, and the exit status is 1. With --jettison only those count as declared that
`jettison --format json BEFORE` tells of that file. --generate writes Dockerfiles with random RUNs, to be rewritten
and then compared. Needs root, gcc, dash, bash and PyPI's `dockerfile` 3.4.0.
"""
import argparse
import collections
import concurrent.futures
import json
import multiprocessing
import os
import pathlib
import random
import re
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import compare  # noqa: E402
import stages  # noqa: E402
import world  # noqa: E402

_running = None


def judge_file(job):
    """-> a dictionary about one file, in a process of the pool"""
    global _running
    name, before, after, tools, places, seed, words = job
    report = {"file": name, "differences": [], "runs": 0, "stages": 0, "unsteady": False, "seconds": 0.0}
    start = time.monotonic()
    try:
        old = stages.read(before)
    except ValueError as error:
        return report | {"skipped": f"not parsed before: {error}"}
    try:
        new = stages.read(after)
    except ValueError as error:
        report["differences"].append({"stage": "", "shell": "", "what": f"not parsed after: {error}"})
        return report
    for attempt in range(2):
        if _running is None:
            _running = world.World(tools, places)
        try:
            found = compare.judge_stages(_running, old, new, seed, words=words)
            break
        except (RuntimeError, BrokenPipeError) as error:
            _running = None
            if attempt:
                return report | {"skipped": str(error)}
    report["differences"], report["runs"], report["stages"], report["unsteady"] = found
    report["seconds"] = round(time.monotonic() - start, 3)
    return report


def declared_words(binary, before):
    """-> {relative path: what jettison declares to do, line by line}"""
    done = subprocess.run([binary, "--format", "json", "--color", "never", str(before)], capture_output=True, text=True)
    words = {}
    for file in json.loads(done.stdout)["files"]:
        name = str(pathlib.Path(file["path"]).resolve().relative_to(before.resolve()))
        words[name] = [text for step in file.get("steps", []) for change in step["changes"] for text in change["delta"]]
    return words


def changed_files(before, after):
    for path in sorted(before.rglob("*")):
        other = after / path.relative_to(before)
        if path.is_file() and other.is_file() and path.read_bytes() != other.read_bytes():
            yield str(path.relative_to(before)), path, other


def summary(reports, seconds):
    differing = [report for report in reports if report["differences"]]
    kinds = collections.Counter(re.sub(r"^when .*?: (?=[a-z])", "", difference["what"])[:40] for report in differing for difference in report["differences"][:1])
    return {
        "changed files": len(reports),
        "equal": sum(not report["differences"] and "skipped" not in report for report in reports),
        "different": len(differing),
        "skipped": sum("skipped" in report for report in reports),
        "nothing to run": sum(not report["stages"] and not report["differences"] for report in reports),
        "unsteady": sum(report["unsteady"] for report in reports),
        "sequences run": sum(report["runs"] for report in reports),
        "seconds": round(seconds, 1),
        "kinds": dict(kinds.most_common(12)),
    }


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("before", type=pathlib.Path)
    options.add_argument("after", type=pathlib.Path, nargs="?")
    options.add_argument("--limit", type=int, help="judge only so many changed files, chosen by the seed")
    options.add_argument("--jobs", type=int, default=2)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--json", type=pathlib.Path)
    options.add_argument("--tools", type=pathlib.Path, default=pathlib.Path("/tmp/trace-tools"))
    options.add_argument("--jettison")
    options.add_argument("--generate", type=int)
    options = options.parse_args()
    if options.generate:
        import generate
        generate.write_tree(options.before, options.generate, options.seed)
        return
    if not options.after:
        sys.exit("trace.py: give BEFORE and AFTER")
    if os.geteuid():
        sys.exit("trace.py: needs root, for namespaces and chroot")
    tools, places = world.build_tools(options.tools)
    files = list(changed_files(options.before, options.after))
    if options.limit and len(files) > options.limit:
        files = sorted(random.Random(options.seed).sample(files, options.limit))
    words = declared_words(options.jettison, options.before) if options.jettison else {}
    jobs = [(name, before, after, tools, places, options.seed, words.get(name, []) if options.jettison else None) for name, before, after in files]
    start = time.monotonic()
    reports = []
    context = multiprocessing.get_context("spawn")  # the parser's Go runtime hangs in forked children
    with concurrent.futures.ProcessPoolExecutor(options.jobs, mp_context=context) as pool:
        for report in pool.map(judge_file, jobs, chunksize=4):
            reports.append(report)
            if len(reports) % 200 == 0:
                print(f"{len(reports)} of {len(jobs)} files, {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
            for difference in report["differences"]:
                print(f"{report['file']}: stage {difference['stage']}, {difference['shell']}: {difference['what']}", flush=True)
    total = summary(reports, time.monotonic() - start)
    print(json.dumps(total, indent=1))
    if options.json:
        options.json.write_text(json.dumps({"summary": total, "files": reports}, indent=1))
    sys.exit(1 if total["different"] else 0)


if __name__ == "__main__":
    main()
