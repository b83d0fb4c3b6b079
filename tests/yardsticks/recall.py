#!/usr/bin/env python3
"""How much of what hadolint finds goes away, and why the rest stays.

    recall.py BEFORE AFTER --hadolint PATH [--jettison PATH] [--limit N] [--seed S] [--jobs 2] [--examples N]
              [--json FILE]

BEFORE and AFTER hold the same relative paths; AFTER is what `jettison --fix` made of BEFORE. With --jettison it is run once more on
AFTER, and each finding that stays is given the reason why its instruction was left alone. Needs PyPI's `dockerfile` 3.4.0.
"""
import argparse
import bisect
import collections
import concurrent.futures
import json
import pathlib
import random
import re
import shutil
import subprocess

import dockerfile

MERGING = {"DL3059": "consecutive RUNs"}
CACHES = {
    "DL3009": "apt lists", "DL3019": "apk cache", "DL3032": "yum cache", "DL3036": "zypper cache",
    "DL3040": "dnf cache", "DL3042": "pip cache", "DL3060": "yarn cache",
}
CODES = MERGING | CACHES
# What empties a cache as well, and hadolint does not count.
CLEANED = {
    "DL3009": r"rm\b.*/var/lib/apt", "DL3019": r"rm\b.*/var/cache/apk|apk .*cache (clean|purge)", "DL3032": r"(yum|dnf) .*clean all|rm\b.*/var/cache",
    "DL3036": r"zypper .*clean|rm\b.*/var/cache", "DL3040": r"(yum|dnf) .*clean all|rm\b.*/var/cache",
    "DL3042": r"rm\b.*(\.cache|PIP_CACHE_DIR|/root/\*)|pip.* (cache purge|--no-cache )", "DL3060": r"yarn cache clean|rm\b.*yarn",
}
ANOTHER_WAY, NOT_SHIPPED = "(cleaned another way)", "not-shipped"


def hadolint(binary, paths):
    """-> {path: [(code, line)]} of the codes above; a batch on which it crashes is done file by file"""
    done = subprocess.run([binary, "--no-color", "-f", "json", "--no-fail", *paths], capture_output=True, text=True)
    try:
        findings = json.loads(done.stdout)
    except ValueError:
        if len(paths) == 1:
            return {}
        return {path: found for each in paths for path, found in hadolint(binary, [each]).items()}
    by_path = collections.defaultdict(list)
    for finding in findings:
        if finding["code"] in CODES:
            by_path[finding["file"]].append((finding["code"], finding["line"]))
    return by_path


def all_findings(binary, root, names, jobs):
    """-> {name: [(code, line)]}"""
    batches = [[str(root / name) for name in names[start:start + 100]] for start in range(0, len(names), 100)]
    found = {}
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for by_path in pool.map(lambda batch: hadolint(binary, batch), batches):
            found |= {str(pathlib.Path(path).relative_to(root)): each for path, each in by_path.items()}
    return found


def declined(binary, root, names):
    """-> {name: [(transform, code, line, stopped by line)]} of what jettison leaves alone in the files of `root`"""
    found = {}
    for start in range(0, len(names), 500):
        batch = [str(root / name) for name in names[start:start + 500]]
        done = subprocess.run([binary, "--format", "json", "--color", "never", *batch], capture_output=True, text=True)
        for file in json.loads(done.stdout)["files"]:
            name = str(pathlib.Path(file["path"]).resolve().relative_to(root.resolve()))
            entries = [(each["transform"], each["code"], each["line"], each["stopped_by_line"]) for each in file.get("declined", [])]
            if file["status"] == "error":
                entries.append(("", "not-parsed", 0, 0))
            if file.get("left_alone"):
                entries.append(("", "file-left-alone", 0, 0))
            found[name] = entries
    return found


def instructions(path):
    """-> (start lines, for each instruction the group of consecutive RUNs that it is in, texts)"""
    try:
        commands = dockerfile.parse_file(str(path))
    except Exception:  # the parser's errors have no common base
        return [], [], []
    starts, groups, texts, group = [], [], [], 0
    for command in commands:
        if command.cmd.upper() != "RUN":
            group += 1
        starts.append(command.start_line)
        groups.append(group)
        texts.append(" ".join(command.original.split()))
    return starts, groups, texts


def reason(code, line, entries, starts, groups, texts):
    """Why the instruction of a finding was left alone: the reason given for it, or for merging the nearest one of its group."""
    def number(of_line):
        return bisect.bisect_right(starts, of_line) - 1
    for transform, why, _, _ in entries:
        if not transform:
            return why
    if not starts:
        return "(not read by BuildKit)"
    here, wanted, by_distance = number(line), "merge-runs" if code in MERGING else "clean-package-caches", {}
    for transform, why, at, stopped_by in entries:
        for place in (number(at), number(stopped_by)):
            near = groups[place] == groups[here] if code in MERGING else place == here
            if transform == wanted and near:
                by_distance.setdefault(abs(place - here), why)
    # Another cache of the same instruction may be what a reason is given for.
    if code in CLEANED and NOT_SHIPPED not in by_distance.values() and re.search(CLEANED[code], texts[here]):
        return ANOTHER_WAY
    if texts[here].upper().startswith("ONBUILD"):
        return "(in a trigger)"
    return by_distance[min(by_distance)] if by_distance else "(no reason given)"


def table(rows, heads):
    widths = [max(len(str(row[column])) for row in [heads, *rows]) for column in range(len(heads))]
    def line(row):
        return "| " + " | ".join(str(cell).ljust(width) for cell, width in zip(row, widths)) + " |"
    return "\n".join([line(heads), "|" + "|".join("-" * (width + 2) for width in widths) + "|", *map(line, rows)])


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("before", type=pathlib.Path)
    options.add_argument("after", type=pathlib.Path)
    options.add_argument("--hadolint", default=shutil.which("hadolint"))
    options.add_argument("--jettison")
    options.add_argument("--limit", type=int)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--jobs", type=int, default=2)
    options.add_argument("--examples", type=int, default=0, help="list so many places for each rule and reason, to be read")
    options.add_argument("--json", type=pathlib.Path)
    options = options.parse_args()
    names = sorted(str(path.relative_to(options.before)) for path in options.before.rglob("*") if path.is_file())
    if options.limit and len(names) > options.limit:
        names = sorted(random.Random(options.seed).sample(names, options.limit))

    before = all_findings(options.hadolint, options.before, names, options.jobs)
    changed = [name for name in names if (options.before / name).read_bytes() != (options.after / name).read_bytes()]
    after = before | {name: [] for name in changed} | all_findings(options.hadolint, options.after, changed, options.jobs)

    counts = {code: [sum(found == code for entries in side.values() for found, _ in entries) for side in (before, after)] for code in CODES}
    rows = [[code, what, *counts[code], f"{100 * (1 - counts[code][1] / counts[code][0]):.1f} %" if counts[code][0] else ""] for code, what in CODES.items()]
    print(f"{len(names)} files, {len(changed)} changed\n")
    print(table(rows, ["rule", "what", "before", "after", "gone"]))

    reasons, places = collections.defaultdict(collections.Counter), collections.defaultdict(list)
    if options.jettison:
        staying = [name for name in names if after.get(name)]
        why = declined(options.jettison, options.after, staying)
        for name in staying:
            starts, groups, texts = instructions(options.after / name)
            for code, line in after[name]:
                given = reason(code, line, why.get(name, []), starts, groups, texts)
                reasons[code][given] += 1
                places[code, given].append(f"{options.after / name}:{line}")
        rows = [[code, each, number, f"{100 * number / sum(counter.values()):.1f} %"] for code, counter in sorted(reasons.items()) for each, number in counter.most_common()]
        wanted = []
        for code, what in CODES.items():
            found = counts[code][0] - reasons[code][NOT_SHIPPED]
            done = found - sum(reasons[code].values()) + reasons[code][NOT_SHIPPED] + reasons[code][ANOTHER_WAY]
            wanted.append([code, what, found, done, f"{100 * done / found:.1f} %" if found else ""])
        print("\nIn stages that are shipped, and what is cleaned another way counted as done:\n")
        print(table(wanted, ["rule", "what", "found", "done", "share"]))
        print("\nWhy the rest stays:\n")
        print(table(rows, ["rule", "reason", "findings", "share"]))
    for (code, given), each in sorted(places.items()):
        chosen = random.Random(options.seed).sample(each, min(options.examples, len(each)))
        print("".join(f"{code} {given}: {place}\n" for place in chosen), end="")
    if options.json:
        options.json.write_text(json.dumps({"files": len(names), "changed": len(changed), "findings": counts, "reasons": reasons}, indent=1))


if __name__ == "__main__":
    main()
