"""answers.py [SEED COUNT] asks BuildKit which files of a build context reach a build.

Makes folder trees with ignore files, the same for the same seed, builds `FROM scratch` and `COPY . /` over
each, and prints trees and answers for `tests/context_files.rs`, one JSON object a line:

    python3 tests/oracle/context/answers.py > tests/fixtures/context_files/answers.jsonl

Needs a Docker engine with BuildKit behind `docker` on PATH, nothing from a registry, and Linux.
A tree gives each path its kind: `d` folder, `f` file, `e` empty file, `l:TARGET` link, `h:PATH` hard link,
`p` named pipe; the Dockerfile and `ignore` are files, too. `sent` has a character for each path, in order: `1`
arrived, `0` did not, `e` is a file that arrived empty and is not. `error` stands for a build that fails.
"""

import io
import json
import os
import random
import subprocess
import sys
import tarfile
import tempfile
from concurrent.futures import ThreadPoolExecutor

NAMES = """a b c ab abc foo bar src lib docs test .git .github .env .env.local .keep README.md main.go index.js a.js x.log
y.log z.tmp dist build target vendor data file1 node_modules é ü.md 日本 名前.txt [x] #h !n a*b file[1].txt - ~ ..a
... $v {z} +p a|b (q) &r 'k' "j" \\x CON 1 2""".split() + ["a b", " a", "a ", "a  b.txt", "e\u0301", "\t", "a\nb", "\u00a0"]
SMALL = ["a", "b", "c", "ab", "a.js", "x.log"]
LINES = """* ** */* **/* */** . / ./ *.log **/*.log .* **/.* .git .git/ **/node_modules node_modules/ *.md !*.md !README.md
!**/*.md !** !* !*/* !**/a !*/b */a */b */*/a */*/b a b a/b a/* a/** a/*/b **/a **/b/** !a !b !a/b !a/* !a/** !a/b/** !**/b !a/*/b
!src !src/ !/src/** src/ /src ./src src/** src/* [a-c] [^a]* ?? ?.log **/? a* *a a** **a **/a* !a* !?b [a !a[ a[b-] []] \\
Dockerfile* **/Dockerfile .dockerignore **/*.dockerignore !Dockerfile !.dockerignore ! !/ ../a a/../b /../c // a//b
**/[a **/[z-a] b/[z-a] !**/[z-a]""".split()
COMMENTS = ["# all", "#", "", "  ", "\t", " # no comment", "#!a"]

# The two questions that BuildKit asks about a path differ; tabs.
GIVEN = [
    ("*/x\n!a\n", "a/x/f a/f b/x/f x"),
    ("*\n!a/*\na\n", "a/f a/b/f b/f"),
    ("*\n!a/*\na\n", "a/f a/[x-z]"),
    ("**\n!a/b/*\na/b\n!a/b/c\n", "a/b/f a/b/c a/b/d/f a/c"),
    ("*\n!*/*\na\n!a/b\n", "a/f a/b/f c/f"),
    ("*\n!a/*\n**/[z-a]\n", "a/f"),
    ("a\t# all\n", "a b"),
    ("# a\tb\na\t\n", "a b"),
    ("a\t# all\né\n", "a b é"),
    ("\x7f\n", "a b"),
    ("**/\t/.\n", "a b"),
    ("a\x7f\n\u0085b\x01\n\u00a0\n", "a b"),
]


def given(text, files):
    tree = {}
    for path in files.split():
        for at in (at for at, c in enumerate(path) if c == "/"):
            tree[path[:at]] = "d"
        tree[path] = "f"
    tree.update({"Dockerfile": "f", ".dockerignore": "f"})
    return {"dockerfile": "Dockerfile", "ignore": {".dockerignore": text}, "tree": tree}


def paths(r):
    """A tree; folders stand before what is in them."""
    names = SMALL if r.random() < 0.35 else r.sample(NAMES, 10) + SMALL
    tree, folders = {}, [""]
    for _ in range(r.choice([4, 8, 12, 16, 24])):
        path = "/".join(filter(None, [r.choice(folders[-3:] if r.random() < 0.6 else folders), r.choice(names)]))
        if path in tree or path.count("/") > 5:
            continue
        files = [name for name, kind in tree.items() if kind == "f"]
        kind = r.random()
        if kind < 0.42:
            tree[path] = "d"
            folders.append(path)
        elif kind < 0.8:
            tree[path] = "f"
        elif kind < 0.85:
            tree[path] = "e"
        elif kind < 0.88 and files:
            tree[path] = "h:" + r.choice(files)
        elif kind < 0.90:
            tree[path] = "p"
        else:
            tree[path] = "l:" + target(r, tree, path)
    return tree


def target(r, tree, path):
    known = r.choice(list(tree) or ["nowhere"])
    up = "../" * path.count("/")
    return r.choice([up + known, up + known, known, "nowhere", "/" + known, "/etc/passwd", "/etc", "../..", up + "../out",
                     ".", "..", os.path.basename(path)])


def escaped(r, text):
    return "".join("\\" + c if c in "*?[]\\^" and r.random() < 0.8 else c for c in text)


def pattern(r, tree):
    if not tree or r.random() < 0.3:
        return r.choice(LINES)
    path = r.choice(list(tree))
    parts = [escaped(r, part) for part in path.split("/")]
    for _ in range(r.choice([0, 0, 1, 1, 2])):
        at = r.randrange(len(parts))
        word = parts[at]
        parts[at] = r.choice(["*", "**", word[:1] + "*", "*" + word[-1:], "?" * len(word), "[" + word[:1] + "-z]" + word[1:],
                              word, "**/" + word, word + "**"])
    if r.random() < 0.3:
        parts = parts[: r.randint(1, len(parts))]
    if r.random() < 0.2:
        parts = ["**", parts[-1]]
    line = "/".join(parts)
    line = r.choice(["", "", "", "", "/", "./", " ", "**/", "*/"]) + line + r.choice(["", "", "", "", "/", "/*", "/**", "/**/*", " ", "/."])
    return r.choice(["", "", "!", "!", "! "]) + line if r.random() < 0.8 else line


def text(r, tree):
    lines = [pattern(r, tree) for _ in range(r.choice([1, 2, 3, 3, 4, 5, 8]))]
    folders = [path for path, kind in tree.items() if kind == "d"]
    if folders and r.random() < 0.15:
        folder = escaped(r, r.choice(folders))
        lines = [r.choice(["*", "**", "*/*"]), f"!{folder}/*", folder, *lines[:2]]
    if r.random() < 0.3:
        lines.insert(0, r.choice(["*", "**", "*/*", "a", "src", "*/a", "**/b"]))
    if r.random() < 0.3:
        lines.insert(r.randrange(len(lines) + 1), r.choice(COMMENTS))
    # One mistake ends a build, so most lists have none.
    if r.random() < 0.85:
        lines = [it for it in lines if it.strip() not in ["!", "!/", "\\", "[a", "!a[", "[]]"]]
    end = "\r\n" if r.random() < 0.08 else "\n"
    return ("\ufeff" if r.random() < 0.04 else "") + end.join(lines) + (end if r.random() < 0.8 else "")


def case(r):
    tree = paths(r)
    folders = [path + "/" for path, kind in tree.items() if kind == "d"]
    dockerfile = "Dockerfile" if r.random() < 0.7 else r.choice(["", *folders]) + r.choice(["Dockerfile", "app.Dockerfile"])
    tree[dockerfile] = "f"
    ignore = {}
    if r.random() < 0.95:
        ignore[".dockerignore"] = text(r, tree)
    if r.random() < 0.2:
        ignore[dockerfile + ".dockerignore"] = text(r, tree)
    tree.update(dict.fromkeys(ignore, "f"))
    return {"dockerfile": dockerfile, "ignore": ignore, "tree": tree}


def make(folder, asked):
    for path, kind in asked["tree"].items():
        place = f"{folder}/{path}"
        if kind == "d":
            os.mkdir(place)
        elif kind in "fe":
            content = asked["ignore"].get(path, "x")
            if path == asked["dockerfile"]:
                content = "FROM scratch\nCOPY . /\n"
            with open(place, "w", encoding="utf-8", newline="") as file:
                file.write(content if kind == "f" else "")
        elif kind == "p":
            os.mkfifo(place)
        elif kind[0] == "h":
            os.link(f"{folder}/{kind[2:]}", place)
        else:
            os.symlink(kind[2:], place)


def ask(asked):
    with tempfile.TemporaryDirectory() as folder:
        make(folder, asked)
        command = ["docker", "build", "-q", "-f", f"{folder}/{asked['dockerfile']}", "--output", "type=tar,dest=-", folder]
        ran = subprocess.run(command, capture_output=True, env={**os.environ, "DOCKER_BUILDKIT": "1"})
        if ran.returncode:
            return {**asked, "error": ran.stderr.decode(errors="replace").strip().split("\n")[-1].replace(folder, "")}
        arrived = {}
        with tarfile.open(fileobj=io.BytesIO(ran.stdout)) as archive:
            for member in archive:
                arrived[member.name.removeprefix("./").strip("/")] = member
        arrived.pop("", None)
        unknown = set(arrived) - set(asked["tree"])
        if unknown:
            sys.exit(f"BuildKit sent what is not there: {unknown} of {asked}")
        return {**asked, "sent": "".join(letter(folder, path, kind, arrived) for path, kind in asked["tree"].items())}


def letter(folder, path, kind, arrived):
    """What became of a path."""
    member = arrived.get(path)
    if member is None:
        return "0"
    alike = {"d": member.isdir(), "l": member.issym() and member.linkname == kind[2:], "p": member.isfifo()}
    if not alike.get(kind[0], member.isreg() or member.islnk()):
        sys.exit(f"{path!r} arrived as another kind: {member.type} {member.linkname}")
    if kind != "f" or not member.isreg():
        return "1"
    return "1" if member.size == os.path.getsize(f"{folder}/{path}") else "e" if member.size == 0 else "?"


def main():
    seed, count = map(int, sys.argv[1:3]) if len(sys.argv) > 2 else (1, 600)
    asked = [given(*it) for it in GIVEN] + [case(random.Random(f"{seed}/{number}")) for number in range(count)]
    with ThreadPoolExecutor(3) as pool:
        for answer in pool.map(ask, asked):
            print(json.dumps(answer, ensure_ascii=False, separators=(",", ":")), flush=True)


main()
