"""Images that stand in for those that the engine has not and cannot get, made from packages of distributions.

A stand-in has another name beside that of the image, `jettison-stand-in:…`, by which it is known for what it is.
"""
import os
import pathlib
import re
import threading
import tomllib

import engine

FOLDER = pathlib.Path(__file__).resolve().parent / "images"
KNOWN = tomllib.loads((FOLDER / "stand-ins.toml").read_text())
PULL, MAKE = 300, 1800
_lock = threading.Lock()


def bases(text):
    """The images that a Dockerfile names, those that are one of its own stages among them."""
    return re.findall(r"^\s*FROM\s+(?:--\S+\s+)*(\S+)|\s--from=(\S+)", text, re.M | re.I)


def provide(lab, text):
    """Makes the images that a Dockerfile names, as far as there are stand-ins, and the engine neither has them nor gets them."""
    for reference in (one or other for one, other in bases(text)):
        if reference in KNOWN:
            with _lock:
                _provide(lab, reference)


def _provide(lab, reference):
    there = lab.docker("image", "inspect", reference, check=False).returncode == 0
    if there or lab.docker("pull", "--quiet", reference, check=False, timeout=PULL).returncode == 0:
        return
    how = KNOWN[reference]
    arguments = how.get("args", {})
    text = (FOLDER / how["file"]).read_text()
    for name, value in arguments.items():
        text = text.replace(f"${{{name}}}", value)
    for one, other in bases(text):
        if (one or other) in KNOWN:
            _provide(lab, one or other)
    command = ["build", "--file", str(FOLDER / how["file"]), "--tag", f"jettison-stand-in:{re.sub('[^a-z0-9.]+', '-', reference)}"]
    command += ["--tag", reference, *(f"--build-arg={name}={value}" for name, value in arguments.items())]
    command += ["--target", how["target"]] if "target" in how else []
    print(f"making a stand-in for {reference}", flush=True)
    done = lab.docker(*command, str(FOLDER), check=False, timeout=MAKE, env=os.environ | {"DOCKER_BUILDKIT": "1"})
    if done.returncode:
        raise engine.Failed(f"no stand-in for {reference}:\n" + "\n".join(done.stderr.splitlines()[-25:]))
