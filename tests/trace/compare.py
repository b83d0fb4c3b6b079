"""Whether two sequences of RUN programs are the same program, apart from declared differences.

It runs both in a `World` under many variations and compares all that was seen. It reads no Dockerfile.
"""
import re
import struct

import stages
import world

# What a cleanup may remove: caches and nothing that a program reads later. `HOME` is anybody's.
CACHES = r"""
    /var/lib/apt/lists/\*                 | /var/cache/apt/archives(/\*)?         | /var/cache/apt/\*\.bin
  | /var/cache/(apk|yum|dnf|libdnf5|tdnf|zypp|distfiles)(/\*)?                    | /var/cache/pacman/pkg/\*
  | HOME/\.cache/(pip|pipenv|uv|yarn|luarocks|go-build|composer|node-gyp|bazel|R|coursier|pypoetry/(artifacts|cache)|hex|opam)(/\*)?
  | HOME/\.npm(/_cacache|/\*)?           | HOME/\.bundle/cache                   | /usr/local/bundle/cache/\*\.gem
  | HOME/\.(gradle/caches|m2/repository|ivy2/cache|sbt/boot)                     | (HOME/\.cargo|/usr/local/cargo)/registry(/(cache|src|index))?(/\*)?
  | HOME/\.cpanm(/work)?                 | HOME/\.cpan(/build|/sources)?         | (HOME/\.opam|/opt/opam)/download-cache
  | HOME/\.local/share/NuGet/http-cache  | HOME/\.(composer/cache|stack/indices|cabal/packages|hex/packages)
  | /tmp/(pear|downloaded_packages)      | \S+/gems/[\w.]+/cache/\*\.gem
""".replace("HOME", r"(/root|/home/[\w.-]+|/)")
# Commands that a cleanup may add, wherever they stand; a RUN of its own with one of them may go away.
CLEANUP = re.compile(rf"""
    (sudo\s(-\S+\s)*)?
    ( rm\s-(rf|fr|f)(\s({CACHES}))+
    | (\S*/)?(
        (apt-get|apt|aptitude)\s(-\S+\s)*(clean|distclean)
      | apk\s(-\S+\s)*cache\s(clean|purge)
      | (dnf|dnf5|yum|microdnf|tdnf)\s(-\S+\s)*clean\sall
      | zypper\s(-\S+\s)*(clean|cc)(\s(-a|--all))?
      | pacman\s-Scc\s--noconfirm
      | npm\scache\sclean\s--force
      | yarn\scache\sclean
      | pnpm\scache\sdelete
      | bun\spm\scache\srm
      | (python[\d.]*\s-m\s)?pip[\d.]*\scache\spurge
      | uv\scache\sclean
      | (conda|mamba|micromamba)\sclean\s(-ay|-afy|-tipy|-a\s-y|--all\s--yes)
      | gem\senv\s(gemdir|GEM_HOME)
      | composer(\.phar)?\sclear-?cache
      | go\sclean\s-(mod)?cache(\s-modcache)?
      | poetry\scache\sclear\s.*
      | dotnet\snuget\slocals\s(all|http-cache)\s--clear
      )
    )$""", re.X)
# Commands that may go away because a flag does their work.
DROPPED = re.compile(r"(sudo\s)?apk\s(-\S+\s)*update(\s-\S+)*$")
FLAGS = {"--no-cache": re.compile(r"(.*/)?apk$"), "--no-cache-dir": re.compile(r"(.*/)?(pip[\d.]*|python[\d.]*)$")}
# Beside the last command of each RUN, which always has its turn.
MOST_FAILURES = 40
# A command that only runs because another one failed fails in turn as well: `a || b` with both failing.
MOST_TOGETHER = 3
ABSENT = re.compile(r"(?:command\s+-[vV]|\btype|\bhash|\bwhich)\s+(?:-\S+\s+)*[\"']?([\w.+-]+)")
BACKGROUND = re.compile(r"(?<![&<>|\\])&(?![&>])")


class Difference(Exception):
    """What was seen to differ, for people."""


def is_gem_cleanup(argv):
    """`rm -f "$(gem env gemdir)"/cache/*.gem`, whatever the stub answers: one word, blanks and all"""
    return argv[:-1] == ["rm", "-f"] and argv[-1].endswith("/cache/*.gem")


class Declared:
    """What may differ. `words` are jettison's own words about one file, if it was asked; the tables above bound it in any case."""

    def __init__(self, words=None):
        self.words = words

    def says(self, verb, word=""):
        return self.words is None or any(text.startswith(verb) and word in text for text in self.words)

    def may_add(self, record):
        known = CLEANUP.match(" ".join(record.argv)) or is_gem_cleanup(record.argv)
        return bool(known) and self.says("appends", record.argv[0])

    def may_go(self, record):
        text = " ".join(record.argv)
        return bool(CLEANUP.match(text)) and self.says("drops") or bool(DROPPED.match(text)) and self.says("removes")

    def same(self, before, after):
        """Equal, or equal but for a flag that a cleanup may add."""
        if before.text == after.text:
            return True
        if before.key != after.key or before.rest != after.rest or len(after.argv) <= len(before.argv):
            return False
        return all(flag in before.argv or (any(map(pattern.match, after.argv[:after.argv.index(flag)])) and self.says("adds", flag))
                   for flag, pattern in FLAGS.items() if flag in after.argv)


def firsts(records):
    """The index of the first of those that are equal."""
    found = {}
    for index, record in enumerate(records):
        found.setdefault(record.text, index)
    return list(found.values())


def align(before, after, same):
    """-> (pairs of indices, indices only before, indices only after) with the fewest that are alone."""
    start = 0
    while start < min(len(before), len(after)) and same(before[start], after[start]):
        start += 1
    rows, columns = len(before), len(after)
    if (rows - start) * (columns - start) > 2_000_000:
        # An endless loop that was cut: what it repeats counts once.
        left, right = firsts(before), firsts(after)
        if len(left) == rows and len(right) == columns:
            raise Difference("too long to align")
        pairs, gone, added = align([before[i] for i in left], [after[j] for j in right], same)
        return [(left[i], right[j]) for i, j in pairs], [left[i] for i in gone], [right[j] for j in added]
    best = {}
    for i in reversed(range(start, rows)):
        for j in reversed(range(start, columns)):
            best[i, j] = best.get((i + 1, j + 1), 0) + 1 if same(before[i], after[j]) else max(best.get((i + 1, j), 0), best.get((i, j + 1), 0))
    pairs, gone, added, i, j = [(index, index) for index in range(start)], [], [], start, start
    while i < rows or j < columns:
        if i < rows and j < columns and same(before[i], after[j]):
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif j == columns or (i < rows and best.get((i + 1, j), 0) >= best.get((i, j + 1), 0)):
            gone.append(i)
            i += 1
        else:
            added.append(j)
            j += 1
    return pairs, gone, added


def show(record):
    return " ".join(record.argv)[:200]


def explain(one, other):
    """Which field of two records differs."""
    names = ("command", "folder", "user", "umask", "shell options", "files", "limits and signals", "flags of the RUN", "standard input", "environment")
    for name, left, right in zip(names, one.text.split("\x1f"), other.text.split("\x1f")):
        if left != right:
            return f"{name} of `{show(one)}`: {left[:300]!r} became {right[:300]!r}"
    return f"`{show(one)}` became `{show(other)}`"


def check(before, after, declared):
    """Raises `Difference` unless the results are equal apart from declared differences. -> (indices gone, indices added)"""
    if before == after:
        return [], []
    old, new = before.records(), after.records()
    pairs, gone, added = align(old, new, declared.same)
    if before.status == after.status and before.status in (world.TIMED_OUT, world.CAPPED):
        # Both were cut, not quite at the same command: what only one of them still ran says nothing.
        last_old, last_new = pairs[-1] if pairs else (-1, -1)
        gone, added = [i for i in gone if i < last_old], [j for j in added if j < last_new]
    lost = next((i for i in gone if not declared.may_go(old[i])), None)
    extra = next((j for j in added if not declared.may_add(new[j])), None)
    if lost is not None and extra is not None and old[lost].argv == new[extra].argv:
        raise Difference(explain(old[lost], new[extra]))
    if lost is not None:
        raise Difference(f"no longer runs `{show(old[lost])}`" + (f", but `{show(new[extra])}`" if extra is not None else ""))
    if extra is not None:
        raise Difference(f"now runs `{show(new[extra])}` as well")
    if (before.status == world.SUCCEEDED) != (after.status == world.SUCCEEDED):
        raise Difference("the build " + ("goes on no longer" if before.status == world.SUCCEEDED else "goes on now"))
    if before.files != after.files:
        left, right = before.file_list(), after.file_list()
        for path in sorted(left.keys() | right.keys()):
            if left.get(path) != right.get(path):
                raise Difference(f"file {path}: {str(left.get(path))[:300]} became {str(right.get(path))[:300]}")
    return gone, added


def sorted_result(result):
    raw = b"".join(struct.pack("<QIII", record.key, record.occurrence, 0, len(data)) + data
                   for record in sorted(result.records(), key=lambda record: record.text)
                   for data in [record.text.encode("utf-8", "surrogateescape")])
    return world.Result(result.status, raw, result.count, result.files)


class Pair:
    """Two sequences of items of one stage, in one shell."""

    def __init__(self, running, before, after, system_shell, declared):
        self.declared, self.running, self.shell = declared, running, world.SHELL_KINDS[system_shell]
        self.before, self.after = self.encode(before), self.encode(after)
        scripts = " ".join(item.argv[-1] for item in [*before, *after] if isinstance(item, stages.Run) and item.argv)
        self.absent = sorted(set(ABSENT.findall(scripts)))[:32]
        self.background = bool(BACKGROUND.search(scripts))
        self.runs = 0
        self.unsteady = False

    def encode(self, items):
        """Joined for the world. A shell that cannot be run is a mark, like other instructions."""
        encoded = []
        for item in items:
            if not isinstance(item, stages.Run):
                encoded.append(world.mark(item))
            elif item.shell is None:
                encoded.append(self.encode_run(world.EXEC_FORM, 0, item))
            else:
                kind = self.shell if item.shell == "" else world.SHELL_KINDS.get(item.shell)
                encoded.append(world.mark(repr(item)) if kind is None else self.encode_run(world.SHELL_FORM, kind, item))
        return len(encoded), b"".join(encoded)

    @staticmethod
    def encode_run(form, kind, item):
        return world.run(form, kind, *item.user, item.folder, item.label, list(item.argv), dict(item.environment))

    def run(self, which, **variation):
        self.runs += 1
        return self.running.do(which, absent=self.absent, system_shell=self.shell, **variation)

    def compare(self, **variation):
        before = self.run(self.before, **variation)
        after = self.run(self.after, **variation)
        try:
            return before, check(before, after, self.declared)
        except Difference as found:
            return before, self.compare_again(found, variation)

    def compare_again(self, found, variation):
        """Pipelines may log in any order and background jobs do: then only what is logged counts, not when."""
        befores = [self.run(self.before, **variation) for _ in range(3)]
        afters = [self.run(self.after, **variation) for _ in range(3)]
        for before in befores:
            for after in afters:
                try:
                    return check(before, after, self.declared)
                except Difference:
                    pass
        if self.background or any(before != befores[0] for before in befores) or any(after != afters[0] for after in afters):
            self.unsteady = True
            return check(sorted_result(befores[0]), sorted_result(afters[0]), self.declared)
        raise found

    def moved(self, first, gone, added):
        """Keys of commands that a declared difference moves: letting them fail would compare different moments."""
        records = first.records()
        keys = {records[index].key for index in gone}
        if added:
            after = self.run(self.after, mode=world.TESTS_TRUE).records()
            keys |= {after[index].key for index in added if index < len(after)}
        return keys

    def judge(self, seed):
        """Raises `Difference` with the variation in which it was seen."""
        variation = "every command succeeds, tests are true"
        try:
            first, (gone, added) = self.compare(mode=world.TESTS_TRUE)
            variation = "tests are false"
            self.compare(mode=world.TESTS_FALSE)
            for number in (seed, seed + 1):
                variation = f"tests answered by seed {number}"
                self.compare(mode=world.TESTS_BY_SEED, seed=number)
            moved = self.moved(first, gone, added)
            seen, waiting, left = set(), [((), first)], MOST_FAILURES
            while waiting and left > 0:
                failures, result = waiting.pop(0)
                records = result.records()
                fresh = [record for record in records
                         if record.key not in moved and "\x1f" in record.text and (record.key, record.occurrence) not in seen]
                ends = {id(one) for one, other in zip(records, [*records[1:], None]) if other is None or one.run != other.run}
                last = [record for record in fresh if id(record) in ends and not failures]
                left += len(last)
                for record in last + spread([record for record in fresh if record not in last], left - len(last)):
                    seen.add((record.key, record.occurrence))
                    left -= 1
                    now = (*failures, record)
                    variation = " and ".join(f"`{show(one)}` ({one.occurrence + 1})" for one in now) + " fails"
                    result, (gone, _) = self.compare(mode=world.TESTS_TRUE, failures=[(one.key, one.occurrence) for one in now])
                    # Some are only reached where another one fails.
                    moved |= {result.records()[index].key for index in gone}
                    if len(now) < MOST_TOGETHER:
                        waiting.append((now, result))
        except Difference as found:
            raise Difference(f"when {variation}: {found}") from None


def spread(records, most):
    """At most `most` of them, evenly spread."""
    if len(records) <= most:
        return records
    return [records[index * len(records) // most] for index in range(most)]


def trim(before, after):
    """Leaves out what both begin and end with: the same RUNs in the same circumstances run the same."""
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    end = 0
    while end < min(len(before), len(after)) - start and before[-1 - end] == after[-1 - end]:
        end += 1
    return before[start:len(before) - end], after[start:len(after) - end]


def judge_stages(running, before, after, seed=1, shells=None, words=None):
    """-> (list of differences as dictionaries, runs made, stages that were run, whether something was unsteady)"""
    if len(before) != len(after):
        return [{"stage": "", "shell": "", "what": f"{len(before)} stages became {len(after)}"}], 0, 0, False
    differences, runs, compared, unsteady = [], 0, 0, False
    for old, new in zip(before, after):
        left, right = trim(old.items, new.items)
        if not left and not right:
            continue
        compared += 1
        for shell in shells or old.system_shells:
            pair = Pair(running, left, right, shell, Declared(words))
            try:
                pair.judge(seed)
            except Difference as found:
                differences.append({"stage": old.name, "shell": shell, "what": str(found)})
            runs += pair.runs
            unsteady |= pair.unsteady
    return differences, runs, compared, unsteady
