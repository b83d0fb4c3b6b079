"""Judges one transform of the stages on the projects: what is offered, whether it builds, answers as before and is smaller."""
import json
import re
import shutil

import checks
import engine
import project

COLUMNS = ["project", "stack", "state", "built", "same", "image", "on", "result"]
# What can be judged, by the tables of `expect.toml`.
KINDS = {"split": "split-stages", "slim": "slim-final-stage", "drop": "drop-unused-stages"}


def select(kind):
    return [f"--only={KINDS[kind]}", f"--allow={KINDS[kind]}"]


def told(jettison, folder, kind):
    """What jettison says of each Dockerfile in `folder` -> {path: (state, what it says, the new base, the stack)}."""
    done = engine.call([jettison, "--format", "json", *select(kind), "."], cwd=folder, timeout=60, check=False)
    found = {}
    for file in json.loads(done.stdout)["files"]:
        state, said = "-", ""
        for each in file["declined"]:
            state, said = "declined", f"{each['code']}: {each['reason']}"
        base = stack = ""
        for name in ("drafts", "steps"):
            for change in (change for step in file[name] for change in step["changes"]):
                state = "draft" if name == "drafts" else "ready"
                said = change["reason"] or ""
                text = "\n".join(edit["text"] for edit in change["edits"])
                delta = " ".join(change["delta"])
                named = re.findall(r"is built on `([^`]+)`", delta) + re.findall(r"^FROM (\S+)", text, re.M)
                base = named[-1] if named else ""
                stack = next(iter(re.findall(r"the tools of ([^,]+),", delta)), "")
        found[file["path"]] = (state, said, base, stack)
    return found


def expected(wanted, state, said, base):
    """What is wrong with the decision."""
    if wanted.get("stays") and state != "-":
        return [f"is {state} ({said}), and should not be spoken of"]
    if wanted.get("drops") and state != "ready":
        return [f"is {state} ({said}), nothing is dropped"]
    if wanted["declined"]:
        right = state == "declined" and said.startswith(wanted["declined"] + ":")
        return [] if right else [f"is {state} ({said}), not declined as `{wanted['declined']}`"]
    if wanted.get("on"):
        is_state = state == ("draft" if wanted["draft"] else "ready")
        right = is_state and base.startswith(wanted["on"])
        return [] if right else [f"is {state} on {base or 'nothing'} ({said}), not on {wanted['on']}"]
    return []


def apply(jettison, folder, states, kind):
    """Writes what is offered; drafts only as far as they are verified."""
    command = [jettison, "--fix", *select(kind), "."]
    if "draft" in states:
        command.insert(2, "--verify")
    done = engine.call(command, cwd=folder, timeout=engine.BUILD, check=False)
    return [] if done.returncode == 0 else [f"jettison ended with {done.returncode}: {done.stdout[-600:]}{done.stderr[-300:]}"]


def verdicts(jettison, folder, kind, is_cached):
    """What `jettison verify` says against it."""
    command = [jettison, "verify", "--format", "json", *(["--cache"] if is_cached else []), *select(kind), "."]
    done = engine.call(command, cwd=folder, timeout=engine.BUILD, check=False)
    wrong = []
    for build in json.loads(done.stdout)["builds"]:
        if build["verdict"] not in ("same", "same except declared"):
            reasons = "; ".join([build["reason"] or ""] + build["differences"][:3])
            wrong.append(f"verify: {build['path']}: {build['verdict']}, {reasons}")
    return wrong


def stopped_by_itself(was, now):
    """A program that no shell or package manager stands before gets the signal, and ends by it or as it wants to."""
    started_otherwise = any(was["config"][it] != now["config"][it] for it in ("Entrypoint", "Cmd"))
    clean = now.get("stopped", (1, 0))[0] in (0, 143)
    return now | {"stopped": was["stopped"]} if started_otherwise and clean else now


def compare(lab, it, before, after, options, rows):
    """Builds and runs both -> what is wrong."""
    runs_only = options.alone != "drop"
    old = checks.look(lab, it, before, "before", options.jettison, runs_only)
    try:
        new = checks.look(lab, it, after, "after", options.jettison, runs_only)
    except engine.NotBuilt as failure:
        return [str(failure)]
    except engine.Failed as failure:
        rows["built"] = "yes"
        return [str(failure)]
    rows["built"], wrong = "yes", []
    for image in it.images:
        was, now = old["images"][image["name"]], new["images"][image["name"]]
        wrong += [f"{image['name']}: {line}" for line in image_differs(image, was, now, options.alone)]
    rows["same"] = "no" if wrong else "yes"
    rows["image"] = checks.arrow(checks.sizes(old, new)["image"])
    return wrong


def image_differs(image, was, now, kind):
    """What of an image is not as it should be."""
    if kind == "drop":
        return checks.program(image, was, now) + checks.configuration(image, was, now) + checks.files(image, was, now)
    wrong = checks.program(image, was, stopped_by_itself(was, now))
    if now["size"] >= was["size"]:
        wrong.append(f"it is no smaller: {project.human(was['size'])} → {project.human(now['size'])}")
    return wrong


def judge(lab, it, options):
    """-> (the row of the table, what is wrong)."""
    before, after = lab.folder / it.name / "before", lab.folder / it.name / "after"
    for folder in (before, after):
        it.copy(folder)
    kind = options.alone
    found = told(options.jettison, before, kind)
    wrong, row = [], {"state": "-"}
    for image in it.images:
        state, said, base, stack = found.get(image["dockerfile"], ("-", "", "", ""))
        wrong += [f"{image['name']}: {line}" for line in expected(image[kind], state, said, base)]
        if state != "-" and row["state"] in ("-", "declined"):
            row = {"state": state, "on": base, "stack": stack}
            row["state"] += f" ({said.split(':')[0]})" if state == "declined" else ""
        lab.before_build(f"FROM {base}\n" + (before / image["dockerfile"]).read_text())
    states = {state for state, *_ in found.values()}
    if states & {"ready", "draft"}:
        wrong += apply(options.jettison, after, states, kind) + compare(lab, it, before, after, options, row)
        if options.verify:
            found = verdicts(options.jettison, before, kind, options.cache)
            row["verified"], wrong = "no" if found else "yes", wrong + found
    shutil.rmtree(after, ignore_errors=True)
    return row, wrong


def summary(rows):
    """How many were offered, and how many of them are right."""
    offered = [row for row in rows if row.get("state") in ("ready", "draft")]
    right = [row for row in offered if row.get("result") == "right"]
    small = [row for row in offered if re.search(r"^scratch|distroless|alpine", row["on"])]
    pairs = [re.findall(r"([\d.]+ [kMG]?B)", row.get("image", "")) for row in offered]
    saved = sorted(1 - project.size(pair[1]) / project.size(pair[0]) for pair in pairs if len(pair) == 2)
    middle = f"{100 * saved[len(saved) // 2]:.0f} % smaller in the median" if saved else "nothing measured"
    return f"{len(offered)} offered, {len(right)} right, {len(small)} on distroless, scratch or alpine, {middle}"
