"""Containers: the text of the program that is to be started says what it does, one verb a line.

    print TEXT…, warn TEXT…   to standard output, to standard error
    arguments                 prints its arguments
    print-file PATH           the digits of what is in a file of the image
    at-start N TEXT           prints it if this is the Nth container of all
    exit N                    ends with this status
    serve PORT TEXT…          answers HTTP requests with this text, on a port of 127.0.0.1
    wait                      does nothing until it is told to end
    stubborn                  is told to end and does not
    on-term N                 ends with this status then
    status N                  answers with this status of HTTP

A program that is not there, or must not be run, cannot be started. Where nothing is served, a published port
closes each connection, as Docker's does. The text of a health check is what it says: `healthy`.
"""

import _signal
import marshal
import os
import sys
import time
from docker import fail, name as file_name

FILE, LINK = b"0", b"2"


def load(home, name):
    with open(f"{home}/containers/{name}", "rb") as file:
        return marshal.load(file)


def write(home, name, value):
    place = f"{home}/containers/{name}"
    with open(place + ".new", "wb") as file:
        marshal.dump(value, file)
    os.rename(place + ".new", place)


def run(home, words):
    labels, ports, name, at = [], [], "", 0
    while words[at].startswith("--"):
        flag, _, value = words[at].partition("=")
        if flag == "--publish":
            ports.append(value.rsplit(":", 1)[1])
        elif flag == "--label":
            at += 1
            labels.append(words[at])
        elif flag == "--name":
            at += 1
            name = words[at]
        at += 1
    image, *arguments = words[at:]
    with open(f"{home}/images/{file_name(image)}", "rb") as file:
        image = marshal.load(file)
    config, tree = image["config"], {}
    for layer in image["layers"]:
        tree.update(layer)
    command = config.get("Entrypoint", []) + (arguments or config.get("Cmd", []))
    state = {"labels": labels, "pid": 0, "status": 127, "out": b"", "err": b"", "ports": {}, "health": ""}
    check = config.get("Healthcheck")
    if check:
        state["health"] = text_of(tree, config, check["Test"][1]).strip() or "unhealthy"
    program = text_of(tree, config, command[0])
    if program is None:
        write(home, name, state)
        return fail(f'OCI runtime create failed: exec: "{command[0]}": no such file or directory', 127)
    start(home, name, state, program, command[1:], ports, tree)
    print("0" * 64)
    return 0


def text_of(tree, config, word):
    """The text of the program that a word names; `None` if it cannot be started."""
    variables = dict(it.split("=", 1) for it in config["Env"])
    folders = variables.get("PATH", "/bin").split(":")
    paths = [os.path.join(config["WorkingDir"], word)] if "/" in word else [f"{it}/{word}" for it in folders]
    for path in paths:
        node = tree.get(os.path.normpath(path))
        if node and node[0] == LINK:
            node = tree.get(os.path.normpath(os.path.join(os.path.dirname(path), node[4].decode())))
        if node and node[0] == FILE and node[1] & 0o111:
            return node[4].decode("utf-8", "replace")
    return None


def start(home, name, state, program, arguments, ports, tree):
    out, err, status, stays, on_term = [], [], 0, False, 143
    os.makedirs(f"{home}/started", exist_ok=True)
    open(f"{home}/started/{name}", "w").close()
    served, answers, http = {}, b"", 200
    for line in program.splitlines():
        verb, _, rest = line.partition(" ")
        if verb == "print":
            out.append(rest)
        elif verb == "warn":
            err.append(rest)
        elif verb == "print-file":
            out.append(tree[rest][4].hex())
        elif verb == "at-start":
            number, _, text = rest.partition(" ")
            out += [text] * (len(os.listdir(f"{home}/started")) == int(number))
        elif verb == "arguments":
            out.append(" ".join(arguments))
        elif verb == "exit":
            status = int(rest)
        elif verb == "serve":
            port, _, text = rest.partition(" ")
            served[port] = text.encode()
            stays = True
        elif verb == "status":
            http = int(rest)
        elif verb in ("wait", "stubborn"):
            stays, on_term = True, None if verb == "stubborn" else on_term
        elif verb == "on-term":
            on_term = int(rest)
    lines = lambda it: "".join(line + "\n" for line in it).encode()
    state |= {"status": status, "on_term": on_term, "out": lines(out), "err": lines(err)}
    if not stays:
        return write(home, name, state)
    sockets = {}
    for port in ports:
        listener = listening()
        sockets[listener] = served.get(port)
        state["ports"][port] = listener.getsockname()[1]
    read, ready = os.pipe()
    child = os.fork()
    if child:
        os.close(ready)
        os.read(read, 1)
        state["pid"] = child
        return write(home, name, state)
    # The one who called waits for the end of its streams.
    os.setsid()
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    stop = lambda *_: None if on_term is None else os._exit(on_term % 256)
    _signal.signal(_signal.SIGTERM, stop)
    os.write(ready, b"x")
    serve(sockets, http)


def listening():
    """Without the standard library's `socket`, which takes longer to load than all else."""
    import _socket

    listener = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
    listener.bind(("127.0.0.1", 0))
    listener.listen(16)
    return listener


def serve(sockets, http):
    import _socket
    import select

    # Nothing that a test starts lives longer.
    until = time.time() + 120
    while time.time() < until:
        for listener in select.select(list(sockets), [], [], 1)[0]:
            stream = _socket.socket(fileno=listener._accept()[0])
            body = sockets[listener]
            if body is not None:
                try:
                    stream.settimeout(2)
                    stream.recv(4096)
                    head = f"HTTP/1.1 {http} X\r\nContent-Length: {len(body)}\r\n\r\n"
                    stream.sendall(head.encode() + body)
                except OSError:
                    pass
            stream.close()


def is_running(pid):
    """Nobody waits for it but the first process of the system."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return pid > 0 and ") Z " not in file.read()
    except OSError:
        pass
    if os.path.exists("/proc/self/stat"):
        return False
    try:
        os.kill(pid, 0)
        return pid > 0
    except OSError:
        return False


def port(home, words):
    state = load(home, words[0])
    found = state["ports"].get(words[1].removesuffix("/tcp"))
    if not found or not is_running(state["pid"]):
        return fail("Error: No public port")
    print(f"127.0.0.1:{found}")
    return 0


def inspect(home, words):
    state = load(home, words[-1])
    running = is_running(state["pid"])
    shown = f'"Running":{str(running).lower()},"ExitCode":{0 if running else state["status"]}'
    if state["health"]:
        shown += f',"Health":{{"Status":"{state["health"]}"}}'
    print("{" + shown + "}")
    return 0


def logs(home, words):
    state = load(home, words[0])
    sys.stdout.buffer.write(state["out"])
    sys.stderr.buffer.write(state["err"])
    return 0


def stop(home, words):
    state = load(home, words[-1])
    kill(state, _signal.SIGTERM)
    until = time.time() + int(words[1])
    while is_running(state["pid"]) and time.time() < until:
        time.sleep(0.01)
    if is_running(state["pid"]):
        kill(state, _signal.SIGKILL)
        state["on_term"] = 137
    if state["pid"]:
        state["status"] = state["on_term"]
    write(home, words[-1], state)
    return 0


def kill(state, how):
    if is_running(state["pid"]):
        os.kill(state["pid"], how)


def rm(home, words):
    try:
        state = load(home, words[-1])
    except FileNotFoundError:
        return fail(f"Error response from daemon: No such container: {words[-1]}")
    kill(state, _signal.SIGKILL)
    os.remove(f"{home}/containers/{words[-1]}")
    return 0
