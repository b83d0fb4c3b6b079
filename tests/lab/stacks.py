"""The table by stack of what `split-stages` offers for the projects, as README.md shows it."""
import datetime
import statistics

import project

KINDS = ["plain", "files", "packages", "script"]
COLUMNS = ["stack", "samples", "of a kind", "offered", "built", "same", "verified", "before → after", "smaller"]


def table(projects, rows):
    """-> Markdown: a line for each stack of `projects`, with what is known in `rows` by the project's name."""
    stacks = list(dict.fromkeys(it.stack for it in sorted(projects, key=lambda it: it.stack) if it.stack))
    lines = [line(stack, [it for it in projects if it.stack == stack], rows) for stack in stacks]
    if len(stacks) > 1:
        lines.append(line("all", [it for it in projects if it.stack], rows))
    parts = [COLUMNS, ["---"] * 2 + ["---"] + ["---:"] * 4 + ["---:", "---:"], *lines]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in parts) + f"\n\nMeasured on {datetime.date.today()}."


def line(stack, projects, rows):
    """The cells of a stack."""
    judged = [rows[it.name] for it in projects if it.name in rows]
    offered = [row for row in judged if row.get("state") in ("ready", "draft")]
    count = lambda name: str(sum(row.get(name) == "yes" for row in offered))  # noqa: E731
    pairs = [pair for pair in map(sizes, offered) if pair]
    shown = smaller = "–"
    if pairs:
        before, after = (statistics.median(side) for side in zip(*pairs))
        shown = f"{project.human(before)} → {project.human(after)}"
        smaller = f"{100 * statistics.median(1 - after / before for before, after in pairs):.0f} %"
    samples = str(len(judged)) if len(judged) == len(projects) else f"{len(judged)} of {len(projects)}"
    kinds = ", ".join(f"{sum(kind in it.kinds for it in projects)} {kind}" for kind in KINDS)
    return [stack, samples, kinds, str(len(offered)), count("built"), count("same"), count("verified"), shown, smaller]


def sizes(row):
    """Before and after, in bytes, if both were measured."""
    found = row.get("image", "").split(" → ")
    return tuple(project.size(it) for it in found) if len(found) == 2 else None


def lacking(projects):
    """The kinds of samples that a stack has not."""
    wrong = []
    for stack in sorted({it.stack for it in projects if it.stack}):
        there = {kind for it in projects if it.stack == stack for kind in it.kinds}
        wrong += [f"{stack} has no sample that is `{kind}`" for kind in KINDS if kind not in there]
    return wrong
