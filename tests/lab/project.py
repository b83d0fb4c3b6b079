"""A sample project: its files, what a developer's folder holds beside them, and what is expected of it."""
import os
import pathlib
import random
import re
import shutil
import subprocess
import tomllib

UNITS = {"B": 1, "kB": 1000, "MB": 1000**2, "GB": 1000**3}
# Every field that an `expect.toml` may have, with what it is if it is left out.
PROJECT = {"about": None, "slow": False, "stack": "", "kinds": [], "git": True, "tags": [], "clutter": [], "image": None, "context": []}
CLUTTER = {"path": None, "count": 1, "size": "1 kB", "text": None, "mode": "644"}
IMAGE = {
    "dockerfile": "Dockerfile", "context": ".", "target": "", "args": {}, "port": 0, "run": [], "command": [],
    "ends": False, "output": "", "healthy": False, "request": [], "writes": [], "add-user": {}, "keeps": [],
    "gone": [], "may_go": [], "may_come": [], "differs": [], "grows": "1 MB", "shrinks": "0 B", "settings": [], "provides": "", "verdict": "",
    "split": {}, "slim": {}, "drop": {},
}
REQUEST = {"path": "/", "method": "GET", "body": "", "type": "", "status": 200, "matches": ""}
ADD_USER = {"runs_as_other": False, "declined": "", "words": []}
SPLIT = {"on": "", "draft": False, "declined": ""}
DROP = {"drops": False, "stays": False, "declined": ""}
CONTEXT = {"path": ".", "dockerfile": "Dockerfile", "largest": "", "keeps": [], "drops": [], "declined": "", "words": []}


def size(text):
    """`1.5 MB` or `1.5MB` -> bytes, as BuildKit and jettison write them."""
    number, unit = re.fullmatch(r"([\d.]+) ?(B|kB|MB|GB)", text).groups()
    return float(number) * UNITS[unit]


def human(number):
    for unit in ("B", "kB", "MB"):
        if number < 999.5:
            break
        number /= 1000
    else:
        unit = "GB"
    return f"{number:.3g} {unit}"


def fields(given, known, where):
    """`given` with defaults; an unknown or missing field is an error, so that no expectation is lost to a typing error."""
    for name in given:
        if name not in known:
            raise SystemExit(f"{where}: there is no field `{name}`")
    for name, value in known.items():
        if name in given and value is not None and type(given[name]) is not type(value):
            raise SystemExit(f"{where}: `{name}` is not of the kind of {value!r}")
    return dict(known) | given


class Project:
    def __init__(self, folder):
        self.folder, self.name = folder, folder.name
        where = f"{folder.name}/expect.toml"
        given = fields(tomllib.loads((folder / "expect.toml").read_text()), PROJECT, where)
        if not given["about"] or not given["image"]:
            raise SystemExit(f"{where}: `about` and `[[image]]` are needed")
        self.slow, self.git, self.tags = given["slow"], given["git"], given["tags"]
        self.stack, self.kinds = given["stack"], given["kinds"]
        self.clutter = [fields(it, CLUTTER, where) for it in given["clutter"]]
        self.images = [fields(it, IMAGE, where) for it in given["image"]]
        self.contexts = [fields(it, CONTEXT, where) for it in given["context"]]
        for image in self.images:
            image["request"] = [fields(it, REQUEST, where) for it in image["request"]]
            image["add-user"] = fields(image["add-user"], ADD_USER, where)
            for name, known in (("split", SPLIT), ("slim", SPLIT), ("drop", DROP)):
                image[name] = fields(image[name], known, where)
            image["name"] = f"{image['dockerfile']} {image['target']}".strip()
            if not image["ends"] and not image["port"] and not image["command"]:
                raise SystemExit(f"{where}: {image['name']} needs `port`, `ends` or `command`")

    def copy(self, target):
        """The project as it stands in a developer's folder."""
        left_out = shutil.ignore_patterns("expect.toml", "__pycache__") if self.folder else None
        shutil.copytree(self.folder, target, symlinks=True, ignore=left_out)
        if self.git:
            commit(target, self.tags)
        for it in self.clutter:
            for at in range(it["count"]):
                path = target / it["path"].format(at)
                path.parent.mkdir(parents=True, exist_ok=True)
                content = it["text"]
                if content is None:
                    content = random.Random(f"{self.name} {path.name}").randbytes(int(size(it["size"])))
                path.write_bytes(content.encode() if isinstance(content, str) else content)
                path.chmod(int(it["mode"], 8))


def commit(folder, tags):
    """Makes `folder` a repository with one commit, the same each time."""
    who = {"NAME": "A Developer", "EMAIL": "developer@example.org", "DATE": "2026-01-02T03:04:05Z"}
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment = clean | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    for name, value in who.items():
        environment |= {f"GIT_AUTHOR_{name}": value, f"GIT_COMMITTER_{name}": value}
    steps = [["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "First version"]]
    for step in steps + [["tag", tag] for tag in tags]:
        subprocess.run(["git", *step], cwd=folder, env=environment, check=True, timeout=60)


def differences(before, after):
    """The files that differ between two copies of a project, outside .git."""
    found = {}
    for folder in (before, after):
        for path in sorted(pathlib.Path(folder).rglob("*")):
            name = path.relative_to(folder).as_posix()
            if path.is_file() and not path.is_symlink() and not name.startswith(".git/"):
                found.setdefault(name, {})[folder] = path.read_bytes()
    return [name for name, texts in sorted(found.items()) if texts.get(before) != texts.get(after)]


def read_all(folder):
    return [Project(it) for it in sorted(folder.iterdir()) if (it / "expect.toml").exists()]
