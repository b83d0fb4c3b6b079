"""Calls of the Docker engine, each with a time limit, and what has to be removed afterwards."""
import hashlib
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tarfile
import threading
import time

import project

LABEL = "org.jettison.lab"
BUILD, START, STOP = 900, 60, 5
# Larger files are compared by their size.
HASHED = 4_000_000

_running, _lock, _stopping = set(), threading.Lock(), False


class Failed(Exception):
    """Something without which a project cannot be judged any further."""


class NotBuilt(Failed):
    pass


def stop():
    """Ends what runs, and lets nothing start until `resume`."""
    global _stopping
    with _lock:
        _stopping = True
        for it in _running:
            os.killpg(it.pid, signal.SIGTERM)


def resume():
    global _stopping
    _stopping = False


def start(command, **more):
    with _lock:
        if _stopping:
            raise Failed("stopped")
        it = subprocess.Popen(command, start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, **more)
        _running.add(it)
    return it


def end(it):
    with _lock:
        _running.discard(it)
        if it.poll() is None:
            os.killpg(it.pid, signal.SIGKILL)
    it.wait()


def call(command, timeout=120, check=True, **more):
    it = start(command, text=True, errors="replace", **more)
    try:
        out, err = it.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        raise Failed(f"`{' '.join(command[:4])} …` took longer than {timeout} s") from None
    finally:
        end(it)
    if check and it.returncode:
        raise Failed(f"`{' '.join(command[:4])} …` ended with {it.returncode}: {err.strip()[-1500:]}")
    return subprocess.CompletedProcess(command, it.returncode, out, err)


class Lab:
    """The images and containers of one run, all labelled with the number of this process."""

    def __init__(self, client, folder):
        self.client, self.folder, self.run_id = client, folder, str(os.getpid())
        self.prefix = f"jettison-lab-{self.run_id}"
        self.labels = ["--label", f"{LABEL}={self.run_id}"]
        # Other names of images -> their own.
        self.provided = {}
        # Set by `--stand-ins`: makes the bases of a Dockerfile, given its text, that the engine has not.
        self.before_build = lambda text: None

    def docker(self, *words, **more):
        return call([self.client, *words], **more)

    def forget(self, name=""):
        """Removes the containers and images of a project, or all of this run."""
        wanted = f"{self.prefix}.{name}." if name else f"{self.prefix}."
        listed = self.docker("ps", "-a", "--format", "{{.Names}}", check=False).stdout.split()
        for it in [it for it in listed if it.startswith(wanted)]:
            self.docker("rm", "--force", "--volumes", it, check=False)
        listed = self.docker("images", "--format", "{{.Repository}}:{{.Tag}}", check=False).stdout.split()
        listed = [it for it in listed if it.startswith(wanted) or self.provided.get(it, "").startswith(wanted)]
        for it in listed:
            self.docker("rmi", "--force", it, check=False)

    def sweep(self):
        """Removes what a run that was killed has left."""
        self.docker("version", timeout=20)
        containers, images = ["ps", "-a", "--format", "{{.Names}}"], ["images", "--format", "{{.Repository}}:{{.Tag}}"]
        for listed, remove in ((containers, ["rm", "--volumes"]), (images, ["rmi"])):
            for it in self.docker(*listed).stdout.split():
                owner = re.match(r"jettison-lab-(\d+)\.", it)
                if owner and not pathlib.Path("/proc", owner[1]).exists():
                    self.docker(*remove, "--force", it, check=False)
        # Images that have another name too.
        for it in self.docker("images", "--filter", f"label={LABEL}", *images[1:]).stdout.split():
            owner = self.docker("image", "inspect", "--format", f'{{{{index .Config.Labels "{LABEL}"}}}}', it, check=False)
            if owner.stdout.strip().isdigit() and not pathlib.Path("/proc", owner.stdout.strip()).exists():
                self.docker("rmi", "--force", it, check=False)

    def build(self, tag, folder, dockerfile, context, target="", args=(), provides="", tries=2):
        """Builds an image; packages come over a network, so a failure is tried again."""
        self.before_build((pathlib.Path(folder) / dockerfile).read_text(errors="replace"))
        command = ["build", "--progress=plain", "--file", dockerfile, "--tag", tag, *self.labels]
        command += ["--target", target] if target else []
        if provides:
            self.provided[provides] = tag
            command += ["--tag", provides]
        command += [f"--build-arg={name}={value}" for name, value in dict(args).items()]
        for left in reversed(range(tries)):
            done = self.docker(*command, context, cwd=folder, timeout=BUILD, check=False,
                               env=os.environ | {"DOCKER_BUILDKIT": "1"})
            if done.returncode == 0:
                return
            if not left:
                raise NotBuilt(f"{dockerfile} does not build:\n" + "\n".join(done.stderr.splitlines()[-25:]))

    def whole_context(self, name, folder, context, ignore):
        """What BuildKit has of a context if everything is asked for -> ({path: bytes}, the bytes it says were sent)."""
        probe = self.folder / f"probe-{name}"
        probe.mkdir()
        # Of files that it has seen in any build before, nothing is sent: so they get another time.
        shutil.copytree(folder / context, probe / "context", symlinks=True)
        for path in [it for it in (probe / "context").rglob("*") if it.is_file() and not it.is_symlink()]:
            os.utime(path, ns=(time.time_ns(), time.time_ns()))
        (probe / "Probe").write_text("FROM scratch\nCOPY . /\n")
        if ignore:
            (probe / "Probe.dockerignore").write_bytes(ignore)
        command = [self.client, "build", "--progress=plain", "--file", str(probe / "Probe"), "--output", "type=tar,dest=-"]
        it = start(command + [str(probe / "context")], cwd=probe, env=os.environ | {"DOCKER_BUILDKIT": "1"})
        log = []
        # It must not fill the pipe while the archive is read.
        reader = threading.Thread(target=lambda: log.append(it.stderr.read().decode(errors="replace")))
        reader.start()
        try:
            with limit(it, 300), tarfile.open(fileobj=it.stdout, mode="r|") as archive:
                files = {entry.name: entry.size for entry in archive if not entry.isdir()}
            reader.join(30)
        except (tarfile.TarError, OSError) as error:
            raise Failed(f"the context of {context} could not be read: {error}; {''.join(log)[-800:]}") from None
        finally:
            end(it)
            reader.join(5)
        return files, transferred("".join(log))

    def start(self, name, tag, image):
        """Starts a container; -> its name and the port at which it answers."""
        publish = ["--publish", f"127.0.0.1::{image['port']}"] if image["port"] else []
        self.docker("run", "--detach", "--name", name, *self.labels, *publish, *image["run"], tag, *image["command"],
                    timeout=START)
        if not image["port"]:
            return 0
        done = self.docker("port", name, f"{image['port']}/tcp", check=False)
        if done.returncode:
            raise Failed(f"the container ended at once: {self.logs(name)[-800:]}")
        return int(done.stdout.split()[0].rsplit(":", 1)[1])

    def logs(self, name):
        done = self.docker("logs", name, check=False)
        return done.stdout + done.stderr

    def inspect(self, what, kind="image"):
        return json.loads(self.docker(kind, "inspect", what).stdout)[0]

    def users(self, name):
        """The user ids of all processes of a container, as the host sees them."""
        listed = self.docker("top", name, "-eo", "pid,comm", check=False).stdout.splitlines()[1:]
        found = set()
        for pid in (line.split()[0] for line in listed):
            try:
                status = pathlib.Path("/proc", pid, "status").read_text()
            except OSError:
                continue
            found.add(int(re.search(r"^Uid:\s+\d+\s+(\d+)", status, re.M)[1]))
        if not found:
            raise Failed(f"no process is left in the container: {self.logs(name)[-800:]}")
        return found

    def ended(self, name, seconds):
        """Waits for a program that ends by itself -> its exit status."""
        return int(self.docker("wait", name, timeout=seconds).stdout)

    def stop(self, name):
        """Asks a container to stop -> (its exit status, seconds)."""
        began = time.monotonic()
        self.docker("stop", "--time", str(STOP), name, timeout=STOP + 20)
        took = time.monotonic() - began
        return self.inspect(name, "container")["State"]["ExitCode"], took

    def health(self, name, seconds=40):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            state = self.inspect(name, "container")["State"].get("Health", {}).get("Status", "none")
            if state in ("healthy", "unhealthy", "none"):
                break
            time.sleep(0.5)
        return state

    def written(self, name):
        """The paths that a container has added or changed."""
        return {line[2:] for line in self.docker("diff", name).stdout.splitlines() if line[0] in "AC"}

    def files(self, name, tag):
        """Everything in an image -> {path: (kind, mode, owner, what it holds)}."""
        self.docker("create", "--name", name, *self.labels, tag, "/", timeout=START)
        it, found = start([self.client, "export", name]), {}
        try:
            with limit(it, 300), tarfile.open(fileobj=it.stdout, mode="r|") as archive:
                for entry in archive:
                    holds = entry.linkname
                    if entry.isreg():
                        small = entry.size <= HASHED
                        holds = hashlib.sha1(archive.extractfile(entry).read()).hexdigest() if small else entry.size
                    path = "/" + entry.name.removeprefix("./").strip("/")
                    # Package managers link to their cache, if there is one: it is the same file without it.
                    linked = found.get("/" + entry.linkname.removeprefix("./").strip("/")) if entry.islnk() else None
                    found[path] = linked or (entry.type, entry.mode, (entry.uid, entry.gid), holds)
        except (tarfile.TarError, OSError) as error:
            raise Failed(f"the files of {tag} could not be read: {error}") from None
        finally:
            end(it)
            self.docker("rm", "--force", "--volumes", name, check=False)
        return found


def transferred(log):
    """The bytes of context that BuildKit says in its log that it was sent."""
    return max(map(project.size, re.findall(r"transferring context: ([\d.]+ ?[kMG]?B)", log)), default=0.0)


class limit:
    """Kills a process that is read from when its time is up."""

    def __init__(self, it, seconds):
        self.timer = threading.Timer(seconds, lambda: os.killpg(it.pid, signal.SIGKILL))

    def __enter__(self):
        self.timer.start()

    def __exit__(self, *_):
        self.timer.cancel()


def ask(port, request, seconds=10):
    """One HTTP request -> (status, body), or what went wrong."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
    try:
        headers = {"Content-Type": request["type"]} if request["type"] else {}
        connection.request(request["method"], request["path"], request["body"].encode() or None, headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace")
    except (OSError, http.client.HTTPException, socket.timeout) as error:
        return 0, f"{type(error).__name__}: {error}"
    finally:
        connection.close()


def ready(port, alive, seconds=45):
    """Waits until something speaks HTTP; False if the container ends before that."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and alive():
        if ask(port, dict(project.REQUEST), 5)[0]:
            return True
        time.sleep(0.2)
    return False
