"""The empty world in which RUN programs are run: builds its tools, starts it, sends it jobs.

It knows nothing of Dockerfiles and judges nothing.
"""
import pathlib
import shutil
import struct
import subprocess
import tempfile

DASH, ASH, BASH = 0, 1, 2
SHELL_KINDS = {"dash": DASH, "ash": ASH, "bash": BASH}
TESTS_TRUE, TESTS_FALSE, TESTS_BY_SEED, CALIBRATE = 0, 1, 2, 99
MARK, SHELL_FORM, EXEC_FORM = 0, 1, 2
SUCCEEDED, FAILED, TIMED_OUT, CAPPED = 0, 1, 2, 3
HERE = pathlib.Path(__file__).resolve().parent
# Builtins that are to be logged and answered like programs: the copies of the shells call them by a name that nobody uses.
# The names keep their length and their place in the sorted tables.
HIDDEN = {
    "dash": [(b"\0[\0bg\0", b"\0\\\0bg\0"), (b"\0echo\0", b"\0echp\0"), (b"\0printf\0", b"\0printg\0"), (b"\0test\0", b"\0tesu\0")],
    "ash": [(b"2[\0", b"2\\\0"), (b"2[[\0", b"2\\\\\0"), (b"2echo\0", b"2echp\0"), (b"2printf\0", b"2printg\0"), (b"2test\0", b"2tesu\0")],
    "bash": [],
}
OPTION_LETTERS = {"dash": "faCuvx", "ash": "faCuvx|"}


def text(value):
    data = value.encode("utf-8", "surrogateescape").replace(b"\0", b"?")
    return struct.pack("<I", len(data)) + data + b"\0"


def texts(values):
    return struct.pack("<I", len(values)) + b"".join(map(text, values))


def mark(content):
    return struct.pack("<I", MARK) + text(content)


def run(form, kind, user, group, folder, label, argv, environment):
    head = struct.pack("<4I", form, kind, user, group)
    return head + text(folder) + text(label) + texts(argv) + texts([f"{name}={value}" for name, value in environment.items()])


class Record:
    """One logged command. `text` is all that was seen of it; records are equal if their texts are. `run` is the item it was in."""

    __slots__ = ("key", "occurrence", "run", "text")

    def __init__(self, key, occurrence, run, content):
        self.key, self.occurrence, self.run, self.text = key, occurrence, run, content

    @property
    def argv(self):
        return self.text.split("\x1f", 1)[0].split("\x1e")

    @property
    def rest(self):
        return self.text.split("\x1f", 1)[1] if "\x1f" in self.text else ""


class Result:
    __slots__ = ("status", "raw", "count", "files")

    def __init__(self, status, raw, count, files):
        self.status, self.raw, self.count, self.files = status, raw, count, files

    def __eq__(self, other):
        if (self.status, self.files) != (other.status, other.files):
            return False
        return self.raw == other.raw or [record.text for record in self.records()] == [record.text for record in other.records()]

    def records(self):
        found, at = [], 0
        while at < len(self.raw):
            key, occurrence, number, length = struct.unpack_from("<QIII", self.raw, at)
            at += 20
            found.append(Record(key, occurrence, number, self.raw[at:at + length].decode("utf-8", "surrogateescape")))
            at += length
        return found

    def file_list(self):
        """-> {path: (mode, owner, content)}"""
        found, at = {}, 0
        while at < len(self.files):
            mode, owner, length, size = struct.unpack_from("<4I", self.files, at)
            at += 16
            found[self.files[at:at + length].decode("utf-8", "replace")] = (mode, owner, self.files[at + length:at + length + size])
            at += length + size
        return found


class World:
    """One running world. `tools` is what `build_tools` made."""

    def __init__(self, tools, places=None):
        self.process = subprocess.Popen([tools / "world", tools], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if places:
            self.process.stdin.write(struct.pack("<I", 0) + places)
            self.process.stdin.flush()

    def close(self):
        self.process.stdin.close()
        self.process.wait()

    def _read(self, length):
        data = self.process.stdout.read(length)
        if len(data) != length:
            raise RuntimeError("the world ended")
        return data

    def do(self, items, mode=TESTS_TRUE, seed=0, failures=(), absent=(), system_shell=DASH, cap=1500):
        """Runs `items` (joined `mark`s and `run`s, and how many they are) under one variation."""
        count, body = items
        head = struct.pack("<3IQI", mode, system_shell, cap, seed, len(failures)) + b"".join(struct.pack("<2Q", *failure) for failure in failures)
        payload = head + texts(list(absent)) + struct.pack("<I", count) + body
        self.process.stdin.write(struct.pack("<I", len(payload)) + payload)
        self.process.stdin.flush()
        status, _, records, used, _, size = struct.unpack("<6I", self._read(24))
        return Result(status, self._read(used), records, self._read(size))


def build_tools(folder):
    """Compiles the stub and gathers the shells in `folder`, if that is not done already. -> (folder, places of options)"""
    folder = pathlib.Path(folder)
    places = folder / "places"
    sources = [HERE / name for name in ("record.h", "act.h", "stub.c", "preload.c", "world.c", "world.py")]
    if places.exists() and places.stat().st_mtime > max(source.stat().st_mtime for source in sources):
        return folder, places.read_bytes()
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "lib").mkdir(parents=True)
    folder.chmod(0o755)
    flags = ["gcc", "-O2", "-Wall", "-Wextra"]
    subprocess.run([*flags, "-static", "-o", folder / "stub", HERE / "stub.c"], check=True)
    subprocess.run([*flags, "-static", "-o", folder / "world", HERE / "world.c"], check=True)
    programs = {"dash": "/bin/dash", "bash": "/bin/bash", "ash": dynamic_busybox(folder)}
    for name, program in programs.items():
        data = pathlib.Path(program).read_bytes()
        for old, new in HIDDEN[name]:
            if data.count(old) != 1:
                raise SystemExit(f"trace: {program} holds the builtin {old!r} {data.count(old)} times; expected once")
            data = data.replace(old, new)
        (folder / name).write_bytes(data)
        (folder / name).chmod(0o755)
        copy_libraries(program, folder)
        subprocess.run([*flags, "-fPIC", "-shared", f"-DKIND={name.upper()}", "-o", folder / f"preload-{name}.so", HERE / "preload.c", "-ldl"], check=True)
    found = calibrate(folder)
    places.write_bytes(found)
    return folder, found


def dynamic_busybox(folder):
    """A BusyBox that the preload library can be loaded into: the static one cannot."""
    for candidate in ("/bin/busybox", "/usr/bin/busybox"):
        if pathlib.Path(candidate).exists() and subprocess.run(["ldd", candidate], capture_output=True).returncode == 0:
            return candidate
    with tempfile.TemporaryDirectory() as scratch:
        subprocess.run(["apt-get", "download", "-q", "busybox"], cwd=scratch, check=True, capture_output=True)
        package = next(pathlib.Path(scratch).glob("*.deb"))
        subprocess.run(["dpkg", "-x", package, scratch], check=True)
        shutil.copy(pathlib.Path(scratch) / "bin/busybox", folder / "busybox")
    return folder / "busybox"


def copy_libraries(program, folder):
    for line in subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout.splitlines():
        words = line.split()
        if "ld-linux" in words[0] or words[0].startswith("/"):
            shutil.copy(words[0], folder / "ld.so")
        elif "=>" in words:
            shutil.copy(words[2], folder / "lib")


def calibrate(folder):
    """Finds where dash and ash keep their options, by looking for the byte that one `set` changes and the others do not.
    -> what `read_places` in world.c takes"""
    world = World(folder)
    found = b""
    for shell in ("dash", "ash"):
        options = ["", *OPTION_LETTERS[shell]]
        memories = {}
        for option in options:
            script = f"set {'-o pipefail' if option == '|' else '-' + option if option else '--'}; probe"
            item = run(SHELL_FORM, SHELL_KINDS[shell], 0, 0, "/", "", ["/bin/sh", "-c", script.ljust(40)], {"PATH": "/bin"})
            content = world.do((1, item), CALIBRATE).file_list()["/tmp/memory"][2]
            memories[option] = (*struct.unpack_from("<4Q", content), content[32:])
        places = find_places(memories, options[1:])
        if not places:
            raise SystemExit(f"trace: the options of {shell} were not found in its memory")
        found += struct.pack("<I", len(places)) + b"".join(struct.pack("<3q", ord(option), *place) for option, place in places.items())
    plain = run(SHELL_FORM, BASH, 0, 0, "/", "", ["/bin/sh", "-c", "probe"], {"PATH": "/bin"})
    defaults = world.do((1, plain)).records()[0].text.split("\x1f")[4].encode()
    found += struct.pack("<I", len(defaults)) + defaults
    world.close()
    return found


def find_places(memories, options):
    """The options lie together, in the shell's data or in a block of the heap that its data points to.
    -> {option: (slot of the pointer or -1, offset)} or None"""
    base = memories[""]
    for slot in [-1, *range(0, base[1] - 7, 8)]:
        starts = {option: start_of_block(memory, slot) for option, memory in memories.items()}
        if None in starts.values():
            continue
        length = base[1] if slot < 0 else 512
        windows = {option: memory[4][starts[option]:starts[option] + length] for option, memory in memories.items()}
        fitting = {wanted: [offset for offset in range(length)
                            if windows[""][offset] == 0 and windows[wanted][offset] == 1
                            and not any(windows[other][offset] for other in options if other != wanted)] for wanted in options}
        for anchor in fitting[options[0]]:
            near = {option: [offset for offset in offsets if abs(offset - anchor) < 20] for option, offsets in fitting.items()}
            if all(len(offsets) == 1 for offsets in near.values()):
                return {option: (slot, offsets[0]) for option, offsets in near.items()}
    return None


def start_of_block(memory, slot):
    _, length, heap, heap_length, data = memory
    if slot < 0:
        return 0
    start = struct.unpack_from("<Q", data, slot)[0] - heap
    return start + length if 0 <= start < heap_length - 512 else None
