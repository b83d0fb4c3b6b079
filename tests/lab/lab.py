#!/usr/bin/env python3
"""Builds, runs and compares the sample projects before and after jettison has rewritten them.

    lab.py --jettison target/release/jettison [--quick] [--only NAME] [--engine docker] [--allow IDS]
           [--each] [--split | --slim | --drop] [--verify [--cache]] [--stand-ins] [--results FILE] [--table]
           [--jobs N] [--keep]

Each project in `projects/` says in its `expect.toml` what must hold; README.md describes the fields. One line a
project, what is wrong with it below, a table at the end. Exit status 1 if an expectation failed. Needs Python 3.11,
git, and a Docker engine with BuildKit on this machine (its processes are looked up in /proc).
"""
import argparse
import concurrent.futures
import functools
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import alone  # noqa: E402
import checks  # noqa: E402
import each  # noqa: E402
import engine  # noqa: E402
import project  # noqa: E402
import stacks  # noqa: E402
import stand_ins  # noqa: E402

ALLOW = "add-user,copy-manifests-first,copy-with-owner,write-dockerignore"
SPEAK = threading.Lock()


def rewrite(jettison, folder, allow, only=()):
    """Runs jettison in `folder` -> (its report, what is wrong)."""
    command = [jettison, "--fix", "--format", "json", "--allow", ",".join(allow), *[f"--only={it}" for it in only], "."]
    done = engine.call(command, cwd=folder, timeout=60, check=False)
    try:
        report = json.loads(done.stdout)
    except ValueError:
        return {}, [f"jettison ended with {done.returncode} and no report: {done.stderr.strip()[-400:]}"]
    wrong = [f"jettison ended with {done.returncode}"] if done.returncode not in (0, 1) else []
    for file in report.get("files", []):
        wrong += [f"{file['path']}: {it['message']}" for it in file.get("failures", []) + file["errors"]]
    again = engine.call(command[:1] + ["--check"] + command[2:], cwd=folder, timeout=60, check=False)
    if again.returncode:
        wrong.append("a second run of jettison finds more to change")
    return report, wrong


def verify(jettison, folder, allow, images):
    """What `jettison verify` says of the rewrite of `folder` -> what is wrong."""
    command = [jettison, "verify", "--format", "json", "--allow", ",".join(allow), "."]
    arguments = {f"--build-arg={name}={value}" for image in images for name, value in image["args"].items()}
    command += sorted(arguments) if len(images) == 1 else []
    done = engine.call(command, cwd=folder, timeout=engine.BUILD, check=False)
    try:
        report = json.loads(done.stdout)
    except ValueError:
        return [f"jettison verify ended with {done.returncode}: {done.stderr.strip()[-400:]}"]
    wrong = []
    told = {image["dockerfile"]: image["verdict"] for image in images if image["verdict"]}
    for build in report["builds"]:
        name = f"verify: {build['path']} with {build['context']}"
        wanted = told.get(build["path"])
        if build["verdict"] not in ([wanted] if wanted else ["same", "same except declared"]):
            reasons = [build["reason"] or ""] + build["differences"][:3]
            wrong.append(f"{name}: {build['verdict']}, " + "; ".join(reasons))
        wrong += [f"{name}: {mistake}" for mistake in build["mistakes"]]
    if not wrong and done.returncode != (1 if told else 0):
        wrong.append(f"jettison verify ended with {done.returncode}: {done.stderr.strip()[-400:]}")
    return wrong


def both(it, lab, options):
    """Builds a project, rewrites it and builds it again -> (measured values, what is wrong)."""
    before, after = lab.folder / it.name / "before", lab.folder / it.name / "after"
    for folder in (before, after):
        it.copy(folder)
    row, wrong = {}, []
    old = checks.look(lab, it, before, "before", options.jettison)
    report, bad = rewrite(options.jettison, after, options.allow)
    wrong += bad
    changed = project.differences(before, after)
    row["changed"] = ", ".join(changed) or "nothing"
    new = checks.look(lab, it, after, "after", options.jettison)
    wrong += checks.compare(it, old, new, report, options.allow)
    row.update(checks.measure(old, new))
    if options.each:
        row["each"] = {}
        for transform in each.applied(report):
            alone = lab.folder / it.name / transform
            it.copy(alone)
            _, bad = rewrite(options.jettison, alone, options.allow, [transform])
            row["each"][transform], worse = each.judge(lab, it, alone, old, options.jettison, transform)
            wrong += bad + worse
    if options.verify:
        wrong += verify(options.jettison, before, options.allow, it.images)
    return row, wrong


def judge(it, lab, options):
    start = time.monotonic()
    try:
        row, wrong = alone.judge(lab, it, options) if options.alone else both(it, lab, options)
    except engine.Failed as failure:
        row, wrong = {}, [str(failure)]
    finally:
        if not options.keep:
            lab.forget(it.name)
            shutil.rmtree(lab.folder / it.name, ignore_errors=True)
    row = {"project": it.name, "result": "WRONG" if wrong else "right"} | row
    row["seconds"] = str(round(time.monotonic() - start))
    with SPEAK:
        what = row.get("state", "-") if options.alone else f"changed {row.get('changed', '-')}"
        print(f"{row['result']}  {it.name}: {what}, {row['seconds']} s", flush=True)
        for line in wrong:
            print("       " + line.replace("\n", "\n         "), flush=True)
    return row


def table(columns, rows):
    lines = [columns] + [[row.get(name, "") for name in columns] for row in rows]
    widths = [max(len(line[at]) for line in lines) for at in range(len(columns))]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jettison", required=True, help="the program to judge")
    parser.add_argument("--quick", action="store_true", help="leave out the projects that say `slow`")
    parser.add_argument("--only", action="append", metavar="NAME", help="only this project; may be repeated")
    parser.add_argument("--engine", default="docker", help="the client to call (default: docker)")
    parser.add_argument("--allow", help=f"transforms that are agreed to (default: those there are of {ALLOW})")
    parser.add_argument("--each", action="store_true", help="judge each transform alone, too")
    kinds = parser.add_mutually_exclusive_group()
    for kind, transform in alone.KINDS.items():
        kinds.add_argument(f"--{kind}", dest="alone", action="store_const", const=kind, help=f"judge `{transform}`, and it alone")
    parser.add_argument("--verify", action="store_true", help="`jettison verify` has to say the same of each")
    parser.add_argument("--cache", action="store_true", help="what it says of one transform alone may come of cached builds: faster")
    parser.add_argument("--stand-ins", action="store_true", help="make the base images of `images` that the engine has not")
    parser.add_argument("--results", metavar="FILE", type=pathlib.Path, help="add what is found to FILE, and skip what is in it")
    parser.add_argument("--table", action="store_true", help="a table by stack at the end, in Markdown")
    parser.add_argument("--jobs", type=int, default=2, help="projects at the same time (default: 2)")
    parser.add_argument("--keep", action="store_true", help="keep the temporary folders, containers and images")
    options = parser.parse_args()
    if not shutil.which(options.jettison):
        parser.error(f"{options.jettison} is not a program")
    if not shutil.which(options.engine):
        parser.error(f"{options.engine} is not on PATH")
    options.jettison = os.path.abspath(shutil.which(options.jettison))
    listed = subprocess.run([options.jettison, "list"], text=True, capture_output=True).stdout.split()
    unknown = [name for name in (options.allow or "").split(",") if name and name not in listed]
    if unknown:
        parser.error(f"{options.jettison} has no transform {', '.join(unknown)}")
    if options.table and options.alone != "split":
        parser.error("--table is of what --split finds")
    options.allow = (options.allow or ",".join(name for name in ALLOW.split(",") if name in listed)).split(",")
    return options


def known_rows(file):
    """What earlier runs have found -> {project: row}."""
    if not file or not file.exists():
        return {}
    return {row["project"]: row for row in map(json.loads, file.read_text().splitlines())}


def interrupted(*_):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt


def main():
    options = arguments()
    projects = project.read_all(HERE / "projects")
    unknown = set(options.only or []) - {it.name for it in projects}
    if unknown:
        sys.exit(f"no project is called {', '.join(sorted(unknown))}")
    if options.only:
        projects = [it for it in projects if it.name in options.only]
    elif options.quick:
        projects = [it for it in projects if not it.slow]
    if options.table and (lacking := stacks.lacking(projects)) and not options.only:
        sys.exit("\n".join(lacking))
    known, wanted = known_rows(options.results), projects
    projects = [it for it in projects if it.name not in known]
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, interrupted)
    lab = engine.Lab(options.engine, pathlib.Path(tempfile.mkdtemp(prefix="jettison-lab-")))
    if options.stand_ins:
        lab.before_build = functools.partial(stand_ins.provide, lab)
    pool = concurrent.futures.ThreadPoolExecutor(options.jobs)
    rows = []
    try:
        lab.sweep()
        for row in pool.map(lambda it: judge(it, lab, options), projects):
            rows.append(row)
            if options.results:
                with options.results.open("a") as file:
                    file.write(json.dumps(row) + "\n")
    except KeyboardInterrupt:
        print("interrupted: tidying up", file=sys.stderr)
    except engine.Failed as why:
        sys.exit(f"lab.py: {why}")
    finally:
        complete = len(rows) == len(projects)
        if not complete:
            engine.stop()
        pool.shutdown(cancel_futures=True)
        if not options.keep:
            engine.resume()
            lab.forget()
            shutil.rmtree(lab.folder, ignore_errors=True)
    if options.alone:
        table(alone.COLUMNS, rows)
        print(alone.summary(rows))
    else:
        table(["project", "result", "user", "context", "image", "changed", "seconds"], rows)
    if options.each:
        print()
        table(each.COLUMNS, each.table(rows))
    if options.table:
        known |= {row["project"]: row for row in rows}
        print("\n" + stacks.table(wanted, known))
    wrong = [row["project"] for row in rows if row["result"] != "right"]
    print(f"{len(rows)} projects, {len(wrong)} wrong" + (": " + ", ".join(wrong) if wrong else ""))
    sys.exit(130 if not complete else 1 if wrong else 0)


if __name__ == "__main__":
    main()
