"""Judges each transform alone on the projects that it changes, and counts what becomes of them."""
import checks
import engine
import project

COLUMNS = ["transform", "changes", "built", "ran", "equal", "context", "image"]


def applied(report):
    """The transforms that have changed something, in their order."""
    names = [step["transform"] for file in report.get("files", []) for step in file["steps"]]
    return list(dict.fromkeys(names))


def careful(image, transform):
    """What is expected of an image of which not every transform has been applied: that it is not damaged."""
    grows = image["grows"]
    if transform == "add-user":
        # The lists of users, which the savings of the others may have paid for.
        grows = max(grows, "100 kB", key=project.size)
    return image | {"gone": [], "may_go": image["may_go"] + image["gone"], "shrinks": "0 B", "grows": grows}


def judge(lab, it, folder, old, jettison, transform):
    """Compares `folder`, which only `transform` has changed -> (its row, what is wrong)."""
    row, wrong = {"built": False, "ran": False, "equal": False}, []
    try:
        new = checks.look(lab, it, folder, transform, jettison)
    except engine.NotBuilt as failure:
        return row, [f"{transform} alone: {failure}"]
    except engine.Failed as failure:
        return row | {"built": True}, [f"{transform} alone: {failure}"]
    ran, equal = [], []
    for image in (careful(image, transform) for image in it.images):
        was, now = old["images"][image["name"]], new["images"][image["name"]]
        ran += checks.program(image, was, now)
        equal += checks.configuration(image, was, now) + checks.files(image, was, now)
        if transform != "add-user" and was["config"]["User"] != now["config"]["User"]:
            equal.append(f"USER was {was['config']['User']!r}, is {now['config']['User']!r}")
    for given, was, now in zip(it.contexts, old["contexts"], new["contexts"]):
        equal += checks.context(given, was, now)
    wrong = [f"{transform} alone: {line}" for line in ran + equal]
    return {"built": True, "ran": not ran, "equal": not equal, "sizes": checks.sizes(old, new)}, wrong


def table(rows):
    """One line for each transform, from `{transform: row}` of each project."""
    names = dict.fromkeys(name for row in rows for name in row.get("each", {}))
    lines = []
    for name in names:
        found = [row["each"][name] for row in rows if name in row.get("each", {})]
        count = {what: str(sum(it[what] for it in found)) for what in ("built", "ran", "equal")}
        sizes = [it["sizes"] for it in found if "sizes" in it]
        total = {what: checks.arrow([pair for it in sizes for pair in it[what]]) for what in ("context", "image")}
        lines.append({"transform": name, "changes": str(len(found))} | count | total)
    return lines
