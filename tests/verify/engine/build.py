"""Builds an image from a Dockerfile, as far as tests need it.

`ENV`, `USER`, `WORKDIR`, `CMD` and the like are taken as they are written; `COPY` takes from the context what is
not ignored, or from a stage. The shell of `RUN` knows no more than commands joined by `&&`:

    put PATH TEXT…          a file; `\\n` in the text is a line end
    mkdir PATH, link PATH TARGET, rm -rf PATH…, chmod MODE PATH, chown USER:GROUP PATH
    apt-get update          fills /var/lib/apt/lists
    apt-get install NAME…   a program, an entry in dpkg's database and a download in the cache
    useradd ID NAME         an account and its home
    noise PATH              a file with something else in it each time; `*` in the path is another name each time
    late PATH N             a file that is there only from the Nth time on
    alone                   fails where it is not the only command
    say TEXT…, flood MB     lines in the log
    fail, die, full, hang   the build fails; the engine is killed; its disk is full; it takes for ever
"""

import marshal
import os
import sys
import time
from docker import name as file_name, read

FILE, LINK, FOLDER = b"0", b"2", b"5"
PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
MULTIPLE = {"--build-arg", "--label", "--secret", "--ssh", "--build-context"}


class Failed(Exception):
    pass


def main(home, words):
    flags = parse(words)
    with open(flags["--file"]) as file:
        text = file.read()
    builder = Builder(home, flags)
    instructions = list(split(text))
    step, stages = 0, {}
    stage = None
    for line, raw, keyword, rest in instructions:
        step += 1
        title = f"[{step}/{len(instructions)}] {keyword} {rest}"
        print(f"#{step} {title}", file=sys.stderr, flush=True)
        try:
            if keyword == "FROM":
                base, _, alias = rest.partition(" AS ")
                if stage and flags.get("--target") in stages:
                    break
                stage = Stage(stages.get(base), base)
                stages[alias or str(len(stages))] = stage
            elif keyword != "ARG":
                builder.apply(stage, stages, keyword, rest)
        except Failed as failed:
            return told(text, line, raw, step, title, failed)
    stage = stages.get(flags.get("--target"), stage)
    labels = flags["--label"]
    config = dict(stage.config)
    if labels:
        own = config.get("Labels", {}) | dict(it.split("=", 1) for it in labels)
        config["Labels"] = own
    image = {"labels": labels, "config": config, "layers": stage.layers}
    place = f"{home}/images/{file_name(flags['--tag'])}"
    with open(place + ".new", "wb") as file:
        marshal.dump(image, file)
    os.rename(place + ".new", place)
    return 0


def parse(words):
    flags = {it: [] for it in MULTIPLE}
    words = iter(words)
    for word in words:
        if not word.startswith("--"):
            flags["context"] = word
        elif "=" in word or word in ("--load", "--no-cache"):
            flags[word] = True
        elif word in MULTIPLE:
            flags[word].append(next(words))
        else:
            flags[word] = next(words)
    return flags


def split(text):
    """Each instruction: its first line, its lines, its keyword and its arguments in one line."""
    raw, first = [], 0
    for number, line in enumerate(text.splitlines(), 1):
        blank = not line.strip() or line.lstrip().startswith("#")
        if not raw and blank:
            continue
        first = first if raw else number
        raw.append(line)
        if blank or line.endswith("\\"):
            continue
        parts = [it.rstrip("\\").strip() for it in raw if not it.lstrip().startswith("#")]
        keyword, _, rest = " ".join(it for it in parts if it).partition(" ")
        yield first, list(raw), keyword.upper(), rest.strip()
        raw = []


def listed(text):
    """The words of an exec form; none has a quote in it."""
    return text.split('"')[1::2]


def matches(text, pattern):
    """With one `*` at most. The standard library's takes longer to load than an image to build."""
    before, star, after = pattern.partition("*")
    if not star:
        return text == pattern
    return len(text) >= len(before + after) and text.startswith(before) and text.endswith(after)


def told(text, line, raw, step, title, failed):
    """As BuildKit says it."""
    rows = text.splitlines()
    out = [f"#{step} ERROR: {failed}", "------", f" > {title}:", "------", f"Dockerfile:{line}"]
    out.append("--------------------")
    for number in range(max(1, line - 2), min(len(rows), line + len(raw) + 1) + 1):
        mark = ">>>" if line <= number < line + len(raw) else "   "
        out.append(f"{number:4} | {mark} {rows[number - 1]}")
    out += ["--------------------", f"ERROR: failed to solve: {failed}"]
    print("\n".join(out), file=sys.stderr, flush=True)
    return 1


class Stage:
    def __init__(self, parent, base):
        self.config = dict(parent.config) if parent else {"Env": [PATH], "WorkingDir": "/"}
        self.layers = list(parent.layers) if parent else []
        self.tree = dict(parent.tree) if parent else {}
        if parent is None and base != "scratch":
            self.add(
                {
                    "/bin": (FOLDER, 0o755, 0, 0, b""),
                    "/bin/sh": (FILE, 0o755, 0, 0, b"echo"),
                    "/home": (FOLDER, 0o755, 0, 0, b""),
                    "/etc": (FOLDER, 0o755, 0, 0, b""),
                    "/etc/passwd": (FILE, 0o644, 0, 0, b"root:x:0:0:root:/root:/bin/sh\n"),
                    "/etc/shadow": (FILE, 0o640, 0, 42, b"root:*:1::::::\n"),
                    "/var/lib/dpkg/status": (FILE, 0o644, 0, 0, b"Package: base\nVersion: 1\n\n"),
                }
            )

    def add(self, entries):
        self.layers.append(entries)
        for path, node in entries.items():
            if node is None:
                self.tree.pop(path, None)
            else:
                self.tree[path] = node


class Builder:
    def __init__(self, home, flags):
        self.home = home
        self.context = flags["context"]
        self.ignored = []
        for path in (flags["--file"] + ".dockerignore", f"{self.context}/.dockerignore"):
            if os.path.exists(path):
                lines = [it.strip() for it in open(path)]
                self.ignored = [it for it in lines if it and not it.startswith("#")]
                break

    def apply(self, stage, stages, keyword, rest):
        config = stage.config
        value = listed(rest) if rest.startswith("[") else ["/bin/sh", "-c", rest]
        if keyword == "RUN":
            self.run(stage, rest)
        elif keyword == "COPY":
            self.copy(stage, stages, rest)
        elif keyword == "ENV":
            name = rest.split("=")[0]
            config["Env"] = [it for it in config["Env"] if it.split("=")[0] != name] + [rest]
        elif keyword == "LABEL":
            name, _, text = rest.partition("=")
            config["Labels"] = config.get("Labels", {}) | {name: text.strip('"')}
        elif keyword == "EXPOSE":
            port = rest if "/" in rest else rest + "/tcp"
            config["ExposedPorts"] = config.get("ExposedPorts", {}) | {port: {}}
        elif keyword == "VOLUME":
            config["Volumes"] = config.get("Volumes", {}) | {rest: {}}
        elif keyword in ("CMD", "ENTRYPOINT", "SHELL", "ONBUILD"):
            fields = {"CMD": "Cmd", "ENTRYPOINT": "Entrypoint", "SHELL": "Shell", "ONBUILD": "OnBuild"}
            config[fields[keyword]] = value if keyword != "ONBUILD" else [rest]
        elif keyword in ("USER", "WORKDIR", "STOPSIGNAL"):
            fields = {"USER": "User", "WORKDIR": "WorkingDir", "STOPSIGNAL": "StopSignal"}
            config[fields[keyword]] = rest
        elif keyword == "HEALTHCHECK":
            command = rest.removeprefix("CMD ").strip()
            config["Healthcheck"] = {"Test": ["CMD", *listed(command)], "Interval": 10**9}
        else:
            raise Failed(f"unknown instruction: {keyword}")

    def copy(self, stage, stages, rest):
        words = rest.split()
        owner, tree = (0, 0), None
        while words[0].startswith("--"):
            flag, _, value = words.pop(0)[2:].partition("=")
            if flag == "from":
                tree = stages[value].tree
            elif flag == "chown":
                owner = tuple(int(it) for it in value.split(":"))
        *sources, target = words
        layer = {}
        for source in sources:
            found = self.sent(source) if tree is None else taken(tree, source)
            if not found:
                raise Failed(f'failed to compute cache key: "/{source}": not found')
            for inside, mode, contents in found:
                path = target.rstrip("/") + "/" + (inside or os.path.basename(source))
                if not inside and not target.endswith("/") and target != ".":
                    path = target
                if not path.startswith("/"):
                    path = os.path.normpath(os.path.join(stage.config["WorkingDir"], path))
                layer[path] = (FILE, mode, *owner, contents)
        stage.add(layer)

    def sent(self, source):
        """Files of the context: the path below what is named, mode and contents."""
        top = os.path.normpath(os.path.join(self.context, source))
        if os.path.isfile(top):
            names = [top]
        else:
            names = [f"{it[0]}/{own}" for it in os.walk(top) for own in it[2]]
        found = []
        for path in sorted(names):
            if not self.is_ignored(os.path.relpath(path, self.context)):
                mode = 0o755 if os.stat(path).st_mode & 0o100 else 0o644
                with open(path, "rb") as file:
                    inside = "" if path == top else os.path.relpath(path, top)
                    found.append((inside, mode, file.read()))
        return found

    def is_ignored(self, path):
        ignored = False
        for pattern in self.ignored:
            keep = pattern.startswith("!")
            pattern = pattern.lstrip("!").strip("/")
            parts = path.split("/")
            for end in range(1, len(parts) + 1):
                part = "/".join(parts[:end])
                if pattern.startswith("**/"):
                    hit = matches(parts[end - 1], pattern[3:])
                else:
                    hit = part.count("/") == pattern.count("/") and matches(part, pattern)
                if hit:
                    ignored = not keep
        return ignored

    def run(self, stage, script):
        words = script.split()
        while words and words[0].startswith("--"):
            words.pop(0)
        self.tree, self.layer, self.script = dict(stage.tree), {}, script
        for command in " ".join(words).split(" && "):
            words = command.split()
            work = getattr(self, "do_" + words[0].replace("-", "_"), None)
            if work is None:
                raise Failed(f'process "/bin/sh -c {script}" did not complete successfully: exit code: 127')
            if work(*words[1:]) is False:
                raise Failed(f'process "/bin/sh -c {script}" did not complete successfully: exit code: 1')
        below = stage.tree
        stage.add({path: node for path, node in self.layer.items() if node or path in below})

    def set(self, path, node):
        self.layer[path] = node
        if node is None:
            self.tree.pop(path, None)
        else:
            self.tree[path] = node

    def do_put(self, path, *words):
        text = " ".join(words).replace("\\n", "\n")
        mode = 0o755 if "/bin/" in path else 0o644
        self.set(path, (FILE, mode, 0, 0, text.encode()))

    def do_mkdir(self, *paths):
        for path in paths:
            if path != "-p":
                self.set(path, (FOLDER, 0o755, 0, 0, b""))

    def do_link(self, path, target):
        self.set(path, (LINK, 0o777, 0, 0, target.encode()))

    def do_rm(self, _, *patterns):
        for pattern in patterns:
            for path in [it for it in self.tree if matches(it, pattern) or it.startswith(pattern + "/")]:
                self.set(path, None)

    def do_chmod(self, mode, path):
        if path not in self.tree:
            return False
        kind, _, *rest = self.tree[path]
        self.set(path, (kind, int(mode, 8), *rest))

    def do_chown(self, owner, path):
        if path not in self.tree:
            return False
        kind, mode, _, _, contents = self.tree[path]
        user, group = owner.split(":")
        self.set(path, (kind, mode, int(user), int(group), contents))

    def do_apt_get(self, verb, *words):
        if verb == "update":
            self.set("/var/lib/apt/lists", (FOLDER, 0o755, 0, 0, b""))
            self.set("/var/lib/apt/lists/lock", (FILE, 0o640, 0, 0, b""))
            self.set("/var/lib/apt/lists/deb_Packages", (FILE, 0o644, 0, 0, b"Package: a\n" * 99))
            return
        if "/var/lib/apt/lists/deb_Packages" not in self.tree:
            return False
        for name in [it for it in words if not it.startswith("-")]:
            kind, mode, user, group, status = self.tree["/var/lib/dpkg/status"]
            status += f"Package: {name}\nVersion: 1\n\n".encode()
            self.set("/var/lib/dpkg/status", (kind, mode, user, group, status))
            self.set(f"/usr/bin/{name}", (FILE, 0o755, 0, 0, b"print " + name.encode()))

    def do_useradd(self, number, name):
        kind, mode, user, group, accounts = self.tree["/etc/passwd"]
        accounts += f"{name}:x:{number}:{number}::/home/{name}:/bin/sh\n".encode()
        self.set("/etc/passwd", (kind, mode, user, group, accounts))
        self.set(f"/home/{name}", (FOLDER, 0o755, int(number), int(number), b""))

    def do_noise(self, path):
        self.set(path.replace("*", os.urandom(8).hex()), (FILE, 0o644, 0, 0, os.urandom(8)))

    def do_late(self, path, count):
        place = f"{self.home}/late-{file_name(path)}"
        times = int(read(place) or 0) + 1
        with open(place, "w") as file:
            file.write(str(times))
        if times >= int(count):
            self.do_put(path, "x")

    def do_alone(self):
        return "&&" not in self.script

    def do_say(self, *words):
        print(*words, file=sys.stderr, flush=True)

    def do_flood(self, megabytes):
        for _ in range(int(megabytes)):
            sys.stderr.write("#7 1.0 a line of a log\n" * 45590)

    def do_true(self):
        pass

    def do_fail(self, *_):
        return False

    def do_die(self):
        os.kill(os.getpid(), 9)

    def do_full(self):
        raise Failed("write /x: no space left on device")

    def do_hang(self):
        with open(f"{self.home}/hangs", "w") as file:
            file.write(str(os.getpid()))
        time.sleep(600)


def taken(tree, source):
    source = "/" + source.strip("/")
    files = [(path, node) for path, node in tree.items() if node[0] == FILE]
    inside = [(path[len(source) + 1 :], node) for path, node in files if path.startswith(source + "/")]
    found = inside or [("", node) for path, node in files if path == source]
    return [(path, node[1], node[4]) for path, node in found]
