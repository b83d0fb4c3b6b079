"""Writes an image as `docker save` does: the manifest of Docker, its configuration, and a tar archive per layer.

`home/layers` says how layers are packed: `plain`, which is the default, or `gzip`.
"""

import marshal
import os
import sys
import time

try:
    from _sha256 import sha256
except ImportError:
    # It is elsewhere in later versions, and takes longer to load.
    from hashlib import sha256

FILE, LINK, FOLDER = b"0", b"2", b"5"


def layer(entries):
    """The tar archive of one layer: what it puts at each path, `None` where it takes away."""
    out = bytearray()
    for path in sorted(entries):
        node, inside = entries[path], path.lstrip("/")
        if node is None:
            folder, _, own = inside.rpartition("/")
            out += entry(f"{folder}/.wh.{own}".lstrip("/"), FILE, 0o600, 0, 0, b"", "")
        else:
            kind, mode, user, group, contents = node
            link = contents.decode() if kind == LINK else ""
            out += entry(inside, kind, mode, user, group, b"" if link else contents, link)
    return bytes(out + bytes(1024))


def entry(name, kind, mode, user, group, contents, link):
    block = bytearray(512)

    def put(at, data):
        block[at : at + len(data)] = data

    assert len(name) < 100, name
    put(0, name.encode() + (b"/" if kind == FOLDER else b""))
    put(100, b"%07o\0%07o\0%07o\0%011o\0%011o\0        " % (mode, user, group, len(contents), 0))
    put(156, kind + link.encode())
    put(257, b"ustar\00000")
    put(148, b"%06o\0 " % sum(block))
    return bytes(block) + contents + bytes(-len(contents) % 512)


def sha(data):
    return sha256(data).hexdigest()


def json(value):
    """As the standard library does it, which takes longer to load than an image to save."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{json(key)}:{json(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(json(it) for it in value) + "]"
    if isinstance(value, int):
        return str(value)
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def save(home, tag, fault):
    try:
        with open(f"{home}/images/{tag.replace(':', '@')}", "rb") as file:
            image = marshal.load(file)
    except FileNotFoundError:
        print(f"Error response from daemon: reference does not exist: {tag}", file=sys.stderr)
        return 1
    layers = [layer(entries) for entries in image["layers"]]
    document = {
        "architecture": "amd64",
        "os": "linux",
        "config": image["config"],
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + sha(it) for it in layers]},
    }
    document = json(document).encode()
    if os.path.exists(f"{home}/layers"):
        import gzip

        layers = [gzip.compress(it, 1, mtime=0) for it in layers]
    names = [f"blobs/sha256/{sha(it)}" for it in layers]
    manifest = [{"Config": f"blobs/sha256/{sha(document)}", "RepoTags": [tag], "Layers": names}]
    out = bytearray()
    for name, contents in zip(names, layers):
        out += entry(name, FILE, 0o644, 0, 0, contents, "")
    out += entry(manifest[0]["Config"], FILE, 0o644, 0, 0, document, "")
    out += entry("manifest.json", FILE, 0o644, 0, 0, json(manifest).encode(), "")
    out += bytes(1024)
    half = len(out) // 2 if fault.startswith("save-") else len(out)
    sys.stdout.buffer.write(out[:half])
    sys.stdout.buffer.flush()
    if fault == "save-dies":
        os.kill(os.getpid(), 9)
    if fault == "save-fails":
        print("Error response from daemon: write: no space left on device", file=sys.stderr)
        return 1
    # `save-stops` says that all is well.
    if fault == "save-hangs":
        time.sleep(600)
    return 0
