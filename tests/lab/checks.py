"""Looks at a project once before and once after, and judges the difference by what its `expect.toml` says."""
import fnmatch
import json
import re

import engine
import project

# Caches of package managers, which jettison may clean.
CACHES = [
    "/var/lib/apt/*", "/var/cache/apt/*", "/var/cache/apk/*", "/etc/apk/cache/*", "/var/cache/debconf/*", "/var/log/*",
    "/root/.npm*", "/root/.cache*", "/usr/local/share/.cache*", "/tmp/*", "/root/.cpanm*", "/root/.bun/install/cache*",
    # Deno's own databases: which of the files beside them are left differs from build to build.
    "/deno-dir/*_analysis_cache_v*",
]
# What each run of the same commands writes anew, or what adding a user writes.
RESTLESS = [
    "*.pyc", "*__pycache__*", "/var/lib/dpkg/*", "/var/cache/ldconfig/aux-cache", "/etc/ld.so.cache", "/var/log/*",
    "/var/lib/apt/*", "/var/cache/*", "/root/.npm*", "/root/.cache*", "/tmp/*", "*/.git/index", "/lib/apk/*",
    # Go counts its own calls there, but not where it is the first process; pnpm and cargo keep times.
    "*/.config/go/telemetry*", "/root/.local/share/pnpm/store*", "/root/.local/state/pnpm*", "/usr/local/cargo/.global-cache",
    "/deno-dir/*_analysis_cache_v*",
    # What jettison writes, where it is copied.
    "*/Dockerfile", "*.dockerignore",
]
ACCOUNTS = ["/etc/passwd*", "/etc/group*", "/etc/shadow*", "/etc/gshadow*", "/etc/subuid*", "/etc/subgid*",
            "/etc/.pwd.lock", "/home/*", "/var/mail/*", "/var/spool/mail*"]
# What the engine itself puts into a container.
ENGINE = ["/dev/console", "/dev/pts", "/dev/shm", "/.dockerenv", "/etc/hostname", "/etc/hosts", "/etc/mtab", "/etc/resolv.conf"]


def matches(path, patterns):
    return any(fnmatch.fnmatchcase(path, it) for it in patterns)


def look(lab, it, folder, state, jettison, runs_only=False):
    """Everything that is to be compared of a project in one state; or what its programs do, and how large they are."""
    images = {}
    for at, image in enumerate(it.images):
        name = f"{lab.prefix}.{it.name}.{at}"
        try:
            images[image["name"]] = look_at_image(lab, f"{name}:{state}", f"{name}-{state}", folder, image, runs_only)
        except engine.Failed as failure:
            raise engine.Failed(f"{state}, {image['name']}: {failure}") from None
    contexts = [look_at_context(lab, f"{it.name}-{state}-{at}", folder, given, jettison)
                for at, given in enumerate(it.contexts) if not runs_only]
    return {"images": images, "contexts": contexts}


def look_at_image(lab, tag, container, folder, image, runs_only):
    lab.build(tag, folder, image["dockerfile"], image["context"], image["target"], image["args"], image["provides"])
    about = lab.inspect(tag)
    seen = {"config": about["Config"], "size": about["Size"]}
    seen["files"] = {} if runs_only else lab.files(f"{container}-files", tag)
    port = lab.start(container, tag, image)
    if image["ends"]:
        seen["status"] = lab.ended(container, 60)
        seen["output"] = lab.logs(container)
    else:
        alive = lambda: lab.inspect(container, "container")["State"]["Running"]  # noqa: E731
        if port and not engine.ready(port, alive):
            raise engine.Failed(f"does not answer: {lab.logs(container)[-1500:]}")
        seen["answers"] = [engine.ask(port, request) for request in image["request"]]
        seen["health"] = lab.health(container) if image["healthy"] else "none"
        seen["users"] = lab.users(container)
    seen["written"] = lab.written(container)
    if not image["ends"]:
        seen["log"] = lab.logs(container)
        seen["stopped"] = lab.stop(container)
    return seen


def look_at_context(lab, name, folder, given, jettison):
    root = folder / given["path"]
    own = folder / (given["dockerfile"] + ".dockerignore")
    ignore = own.read_bytes() if own.exists() else None
    seen = dict(zip(("there", "sent"), lab.whole_context(name, folder, given["path"], ignore)))
    seen["ignore"] = {path.name: path.read_text() for path in (own, root / ".dockerignore") if path.exists()}
    seen["claim"] = claim(folder, given, jettison)
    return seen


def claim(folder, given, jettison):
    """What jettison says is sent of a context -> (files, bytes), rounded as it prints them; None if it says nothing."""
    command = [jettison, "context", "--list", "--context", given["path"], given["dockerfile"]]
    done = engine.call(command, cwd=folder, timeout=60, check=False)
    found = re.search(r"sent: ([\d,]+) files?, ([\d.]+ [kMG]?B)", done.stdout)
    return (int(found[1].replace(",", "")), project.size(found[2])) if found else None


def compare(it, old, new, report, allowed):
    declined = refusals(report)
    wrong = []
    for image in it.images:
        before, after = old["images"][image["name"]], new["images"][image["name"]]
        found = program(image, before, after) + configuration(image, before, after) + files(image, before, after)
        if "add-user" in allowed:
            found += user(image, before, after, declined)
        wrong += [f"{image['name']}: {line}" for line in found]
    for given, before, after in zip(it.contexts, old["contexts"], new["contexts"]):
        found = context(given, before, after)
        if "write-dockerignore" in allowed:
            found += ignored(given, before, after, declined)
        wrong += [f"context {given['path']}: {line}" for line in found]
    return wrong


def refusals(report):
    """What was declined, wherever in the report it is told: [(path, transform, code, reason)]."""
    found = []

    def search(value, path):
        if isinstance(value, dict):
            path = value.get("path", path)
            if {"transform", "code", "reason"} <= value.keys():
                found.append((path, value["transform"], value["code"], value["reason"]))
            value = list(value.values())
        if isinstance(value, list):
            for each in value:
                search(each, path)

    search(report.get("files", []) + report.get("contexts", []), "")
    return found


def program(image, before, after):
    """Does it run as before?"""
    wrong = []
    if image["ends"]:
        if before["status"] != after["status"]:
            wrong.append(f"ended with {before['status']} before, {after['status']} after: {after['output'][-800:]}")
        elif timeless(before["output"]) != timeless(after["output"]):
            wrong.append(f"said {before['output'][-400:]!r} before, {after['output'][-400:]!r} after")
        if not re.search(image["output"], before["output"]):
            wrong.append(f"before, it does not say what is expected: {before['output'][-400:]!r}")
        return wrong + writes(image, before, after)
    for request, was, now in zip(image["request"], before["answers"], after["answers"]):
        what = f"{request['method']} {request['path']}"
        if was[0] != request["status"]:
            wrong.append(f"{what} gave {was[0]} before already: {was[1][:400]!r}; {before['log'][-800:]}")
        elif was[0] != now[0]:
            wrong.append(f"{what} gave {was[0]} before, {now[0]} after: {now[1][:400]!r}; {after['log'][-800:]}")
        elif request["matches"]:
            wrong += [f"{what}: {body[:400]!r} is not {request['matches']!r}, {when}" for body, when in
                      ((was[1], "before already"), (now[1], "after")) if not re.search(request["matches"], body)]
        elif was[1] != now[1]:
            wrong.append(f"{what} said {was[1][:400]!r} before, {now[1][:400]!r} after")
    if image["healthy"] and (before["health"], after["health"]) != ("healthy", "healthy"):
        wrong.append(f"health: {before['health']} before, {after['health']} after")
    (was, early), (now, late) = before["stopped"], after["stopped"]
    if was != now:
        wrong.append(f"SIGTERM: ended with {was} before, {now} after")
    if late > early + 2:
        wrong.append(f"SIGTERM: took {early:.1f} s before, {late:.1f} s after")
    return wrong + writes(image, before, after)


def timeless(text):
    return re.sub(r"\d+\.\d+ ?m?s\b", "(a time)", text)


def writes(image, before, after):
    return [f"{path} is not written, {when}" for path in image["writes"]
            for seen, when in ((before, "before already"), (after, "after")) if path not in seen["written"]]


def configuration(image, before, after):
    """Is the image's configuration the same but for the user?"""
    wrong = []
    for name in sorted(before["config"].keys() | after["config"].keys()):
        was, now = before["config"].get(name), after["config"].get(name)
        if name not in ("User", "Image", "Hostname", *image["settings"]) and (was or now) and was != now:
            wrong.append(f"{name} was {json.dumps(was)}, is {json.dumps(now)}")
    if after["size"] > before["size"] + project.size(image["grows"]):
        wrong.append(f"the image grew from {project.human(before['size'])} to {project.human(after['size'])}")
    if after["size"] > before["size"] - project.size(image["shrinks"]):
        if project.size(image["shrinks"]):
            wrong.append(f"the image did not shrink by {image['shrinks']}: {project.human(before['size'])} → "
                         f"{project.human(after['size'])}")
    return wrong


def files(image, before, after):
    """Does the image hold the same files, apart from what is expected to go and what a user needs?"""
    was, now, wrong = before["files"], after["files"], []
    for pattern in image["keeps"]:
        wrong += [f"{pattern} is not in the image, {when}" for paths, when in ((was, "before already"), (now, "after"))
                  if not fnmatch.filter(paths, pattern)]
    for pattern in image["gone"]:
        if not fnmatch.filter(was, pattern):
            wrong.append(f"{pattern} was not in the image before")
        wrong += [f"{path} is still in the image" for path in fnmatch.filter(now, pattern)[:3]]
    lost = [path for path in was if path not in now and not matches(path, image["gone"] + image["may_go"] + CACHES + ENGINE)]
    lost = [path for path in lost if not matches(path, ["*.pyc", "*/__pycache__"])]
    # The engine makes the folder of a volume, if the image does not.
    volumes = list(before["config"].get("Volumes") or ())
    new = [path for path in now if path not in was and not matches(path, ACCOUNTS + RESTLESS + ENGINE + volumes + image["may_come"])]
    other = [path for path in was.keys() & now.keys()
             if path != "/" and not matches(path, ACCOUNTS + RESTLESS + ENGINE + image["differs"])
             and (was[path][:2] != now[path][:2] or was[path][3] != now[path][3])]
    owned = owners(before, after)
    for paths, what in ((lost, "lost"), (new, "has more"), (sorted(other), "has other"), (owned, "gives to others")):
        if paths:
            wrong.append(f"the image {what} files, {len(paths)} in all: {', '.join(paths[:8])}")
    return wrong


def owners(before, after):
    """Files whose owner changes, but for what becomes the new user's."""
    configured = after["config"]["User"].split(":")[0]
    theirs = int(configured) if configured.isdigit() and before["config"]["User"] != after["config"]["User"] else None
    return [path for path, it in sorted(after["files"].items())
            if path in before["files"] and it[2] != before["files"][path][2] and it[2][0] != theirs
            and path != "/" and not matches(path, ACCOUNTS + RESTLESS + ENGINE)]


def user(image, before, after, declined):
    """Is it run by the user that it should be run by?"""
    expected, wrong = image["add-user"], []
    told = [(code, reason) for path, transform, code, reason in declined
            if transform == "add-user" and path == image["dockerfile"]]
    configured = after["config"]["User"]
    if expected["runs_as_other"]:
        if 0 not in before.get("users", {0}):
            wrong.append(f"was not run by root before: {before['users']}")
        if 0 in after.get("users", ()) or configured.split(":")[0] in ("", "0", "root"):
            reasons = "; ".join(f"{code}: {reason}" for code, reason in told) or "nothing was declined"
            return wrong + [f"still runs as root ({reasons})"]
        if not configured.split(":")[0].isdigit():
            wrong.append(f"Kubernetes cannot tell that `USER {configured}` is not root")
        return wrong
    if configured != before["config"]["User"]:
        wrong.append(f"USER was {before['config']['User']!r}, is {configured!r}")
    if before.get("users") != after.get("users"):
        wrong.append(f"user ids of processes were {before['users']}, are {after['users']}")
    return wrong + refused("add-user", expected, told)


def refused(transform, expected, told):
    if not expected["declined"]:
        return []
    wrong = [] if told else [f"{transform} gives no reason, `{expected['declined']}` is expected"]
    if told and expected["declined"] not in [code for code, _ in told]:
        wrong.append(f"{transform} is declined as {told}, not as `{expected['declined']}`")
    reasons = " ".join(reason for _, reason in told).lower()
    missing = [word for word in expected["words"] if word.lower() not in reasons]
    if told and missing:
        wrong.append(f"{transform}: the reason does not mention {', '.join(missing)}: {reasons}")
    return wrong


def context(given, before, after):
    """Is what jettison says of the context what BuildKit has?"""
    wrong = []
    for seen, when in ((before, "before"), (after, "after")):
        count, total = len(seen["there"]), sum(seen["there"].values())
        if seen["claim"] is None:
            wrong.append(f"{when}: jettison does not say how large it is")
        elif seen["claim"][0] != count or abs(seen["claim"][1] - total) > max(0.01 * total, 1):
            wrong.append(f"{when}: BuildKit has {count} files, {project.human(total)}; jettison says "
                         f"{seen['claim'][0]} files, {project.human(seen['claim'][1])}")
        # Each file comes with its name, mode, owner and time.
        if not 0.95 * total <= seen["sent"] <= 1.02 * total + 500 * count + 5000:
            wrong.append(f"{when}: BuildKit was sent {project.human(seen['sent'])}, its files have {project.human(total)}")
    return wrong


def ignored(given, before, after, declined):
    was, now, wrong = before["there"], after["there"], []
    for pattern in given["keeps"]:
        if not fnmatch.filter(was, pattern):
            wrong.append(f"{pattern} was not sent before")
        missing = [path for path in fnmatch.filter(was, pattern) if path not in now]
        if missing:
            wrong.append(f"no longer sent: {', '.join(missing[:5])}")
    for pattern in given["drops"]:
        if not fnmatch.filter(was, pattern):
            wrong.append(f"{pattern} was not sent before")
        left = fnmatch.filter(now, pattern)
        if left:
            wrong.append(f"still sent: {', '.join(left[:5])}")
    if given["largest"] and sum(now.values()) > project.size(given["largest"]):
        largest = sorted(now, key=now.get, reverse=True)[:5]
        wrong.append(f"{project.human(sum(now.values()))} are still sent, {given['largest']} is the most: "
                     + ", ".join(f"{path} {project.human(now[path])}" for path in largest))
    told = [(code, reason) for _, transform, code, reason in declined if transform == "write-dockerignore"]
    if given["declined"] and before["ignore"] != after["ignore"]:
        wrong.append(f"the ignore file was changed, `{given['declined']}` is expected")
    return wrong + refused("write-dockerignore", given, told)


def sizes(old, new):
    """What is sent, and the images: before and after."""
    return {"context": [(was["sent"], now["sent"]) for was, now in zip(old["contexts"], new["contexts"])],
            "image": [(was["size"], new["images"][name]["size"]) for name, was in old["images"].items()]}


def arrow(pairs):
    was, now = (project.human(sum(column)) for column in zip(*(pairs or [(0, 0)])))
    return was if was == now else f"{was} → {now}"


def measure(old, new):
    """The cells of the table."""
    pairs = [(old["images"][name], new["images"][name]) for name in old["images"]]
    users = {f"{min(was['users'])} → {min(now['users'])}" for was, now in pairs if "users" in was}
    return {"user": ", ".join(sorted(users))} | {name: arrow(found) for name, found in sizes(old, new).items()}
