"""An engine for tests that answers as `docker` does, without a daemon.

It builds images from the instructions of a Dockerfile, whose `RUN`s have a small language of their own
(`build.py`), saves them as real archives (`archive.py`), and starts what is to be started as far as a test can
see (`container.py`). All that it knows is in one folder, `home`: images, containers, what it was told (`calls`),
and `fault`, a word that says what it does wrong.
"""

import os
import sys


def main(home, words):
    with open(f"{home}/calls", "a") as calls:
        calls.write(" ".join(words) + "\n")
    fault = read(f"{home}/fault")
    first = words[0]
    if first == "--version":
        return say("Docker version 28.0.0, build x")
    if fault == "daemon-down":
        return fail("Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?")
    if first == "version":
        return say("28.0.0 28.0.0")
    if first == "buildx":
        return say("github.com/docker/buildx v0.30.0")
    if first == "context":
        return say("unix:///x")
    if first == "build":
        import build

        return build.main(home, words[1:])
    if first == "save":
        import archive

        return archive.save(home, words[-1], fault)
    if first == "rmi":
        return remove(f"{home}/images/{name(words[-1])}", f"No such image: {words[-1]}")
    if first == "images":
        return listed(f"{home}/images", words)
    if first == "ps":
        return listed(f"{home}/containers", words)
    if first in ("run", "port", "inspect", "logs", "stop", "rm"):
        import container

        return getattr(container, first)(home, words[1:])
    return fail(f"unknown command: {first}")


def say(text):
    print(text)
    return 0


def fail(text, status=1):
    print(text, file=sys.stderr, flush=True)
    return status


def name(text):
    return text.replace(":", "@").replace("/", "%")


def read(path):
    try:
        with open(path) as file:
            return file.read().strip()
    except FileNotFoundError:
        return ""


def remove(path, missing):
    try:
        os.remove(path)
        return 0
    except FileNotFoundError:
        return fail(f"Error response from daemon: {missing}")


def listed(folder, words):
    """Those with the label of the filter."""
    import marshal

    label = words[words.index("--filter") + 1].removeprefix("label=")
    for entry in os.listdir(folder):
        if "." not in entry:
            with open(f"{folder}/{entry}", "rb") as file:
                if label in marshal.load(file)["labels"]:
                    print(entry.replace("@", ":", 1))
    return 0
