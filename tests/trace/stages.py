"""What BuildKit would run: the build stages of a Dockerfile as lists of items, read with BuildKit's own parser.

An item is a RUN with all that it runs in, or the text of another instruction, which is a barrier. It runs nothing.
"""
import dataclasses
import hashlib
import pathlib
import re

import dockerfile

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Which shell /bin/sh is, by the last part of the image's name; the first that matches counts.
SHELL_OF_IMAGE = [
    (re.compile(r"alpine|busybox|(^|/)docker(:|$)"), ("ash",)),
    (re.compile(r"centos|fedora|rhel|redhat|ubi\d|rockylinux|almalinux|oraclelinux|amazonlinux|amazoncorretto|opensuse|suse|leap|archlinux"
                r"|arch(:|$)|photon|mariner|scientific|clearlinux|gentoo|manjaro"), ("bash",)),
    (re.compile(r"debian|ubuntu|buildpack-deps|bookworm|bullseye|buster|stretch|jessie|trixie|slim"), ("dash",)),
    (re.compile(r"^(docker\.io/)?(library/)?(python|node|golang|ruby|php|perl|rust|openjdk|maven|gradle|nginx|httpd|postgres|mysql|mariadb|redis|mongo"
                r"|tomcat|jenkins|wordpress|elixir|erlang|haskell|julia|r-base|gcc|swift|mono|java|eclipse-temurin|iojs)(:|@|$)"), ("dash",)),
    (re.compile(r""), ("dash", "bash")),
]
VARIABLE = re.compile(r"\\(.)|\$(?:(\w+)|\{(\w+)(?:(:[-+])((?:[^{}]|\{[^{}]*\})*))?[^}]*\})")
FAKE_HEREDOC = re.compile(r"^(\d*)<<(-?)\s*([^<]*)$")


@dataclasses.dataclass(frozen=True)
class Run:
    """One RUN. `shell` is None for the exec form, and "" if /bin/sh of the base image runs it."""

    argv: tuple
    shell: object
    folder: str
    user: tuple
    label: str
    environment: tuple
    line: int = dataclasses.field(compare=False)


@dataclasses.dataclass
class Stage:
    name: str
    system_shells: tuple
    items: list = dataclasses.field(default_factory=list)
    environment: dict = dataclasses.field(default_factory=dict)
    arguments: dict = dataclasses.field(default_factory=dict)
    folder: str = "/"
    user: str = "root"
    shell: tuple = ("/bin/sh", "-c")


def expand(word, scope):
    def replace(found):
        escaped, plain, name, operator, rest = found.groups()
        if escaped is not None:
            return escaped
        value = scope.get(plain or name)
        if operator == ":-" and not value:
            return expand(rest, scope)
        if operator == ":+":
            return expand(rest, scope) if value else ""
        return value or ""
    return VARIABLE.sub(replace, word)


def unquote(word, scope):
    parts = re.findall(r"'[^']*'|\"(?:\\.|[^\"\\])*\"|(?:\\.|[^'\"\\])+|['\"\\]", word, re.S)
    return "".join(part[1:-1] if part[0] == "'" and len(part) > 1 else expand(part.strip('"'), scope) for part in parts)


def numeric_user(user):
    """A user's name gets a number of its own, the same everywhere."""
    def number(name):
        return 0 if name in ("", "root") else int(name) % 60000 if name.isdigit() else 1000 + int(hashlib.md5(name.encode()).hexdigest()[:3], 16)
    name, _, group = user.partition(":")
    return number(name), number(group) if group else number(name)


def home_of(user):
    name = user.partition(":")[0]
    return "/root" if name in ("root", "0", "") else "/" if name.isdigit() else f"/home/{name}"


def read(path):
    """-> list of stages; raises ValueError if BuildKit would not parse the file"""
    try:
        commands = dockerfile.parse_string(pathlib.Path(path).read_bytes().decode("utf-8"))
    except (dockerfile.GoParseError, dockerfile.GoIOError, UnicodeDecodeError) as error:
        raise ValueError(str(error)) from error
    stages, named, global_arguments = [], {}, {}
    for command in commands:
        keyword = command.cmd.upper()
        if keyword == "FROM":
            stages.append(start_stage(command, named, global_arguments, len(stages)))
        elif stages:
            add_command(stages[-1], command, keyword, global_arguments)
        elif keyword == "ARG":
            for word in command.value:
                name, equals, value = word.partition("=")
                global_arguments[name] = unquote(value, global_arguments) if equals else ""
    return stages


def start_stage(command, named, global_arguments, number):
    words = list(command.value)
    image = unquote(words[0], global_arguments) if words else "scratch"
    name = words[2].lower() if len(words) > 2 else str(number)
    parent = named.get(image.lower())
    if parent:
        stage = Stage(name, parent.system_shells, [], dict(parent.environment), {}, parent.folder, parent.user, parent.shell)
    else:
        shells = next(shells for pattern, shells in SHELL_OF_IMAGE if pattern.search(image.lower()))
        stage = Stage(name, shells)
    stage.items.append("FROM " + " ".join([*command.flags, *words]))
    named[name] = named[str(number)] = stage
    return stage


def add_command(stage, command, keyword, global_arguments):
    scope = {**stage.arguments, **stage.environment}
    value = command.value
    if keyword == "RUN":
        stage.items.append(read_run(stage, command))
        return
    stage.items.append(" ".join([keyword, *command.flags, command.sub_cmd or "", "\x1e".join(value), *(here.content for here in command.heredocs)]))
    if keyword == "ENV":
        new = {unquote(name, scope): unquote(text, scope) for name, text in zip(value[::2], value[1::2])}
        stage.environment.update(new)
    elif keyword == "ARG":
        for word in value:
            name, equals, text = word.partition("=")
            if equals or name in global_arguments:
                stage.arguments[name] = unquote(text, scope) if equals else global_arguments[name]
    elif keyword == "WORKDIR" and value:
        folder = unquote(" ".join(value), scope)
        stage.folder = folder if folder.startswith("/") else f"{stage.folder.rstrip('/')}/{folder}"
    elif keyword == "USER" and value:
        stage.user = unquote(value[0], scope)
    elif keyword == "SHELL" and command.json:
        stage.shell = tuple(value)


def read_run(stage, command):
    label = " ".join(command.flags)
    # What such a mount holds ends with its RUN, so which of these RUNs a command belongs to matters.
    if any("type=tmpfs" in flag or re.search(r"type=bind.*,(rw|readwrite)\b", flag) for flag in command.flags):
        label += f" #{sum(isinstance(item, Run) and '#' in item.label for item in stage.items)}"
    environment = {"PATH": PATH, "HOME": home_of(stage.user), **stage.arguments, **stage.environment}
    shell, argv = None, tuple(command.value)
    if not command.json:
        script, file = read_script(command)
        if file is not None:
            label += f" {file}"
            argv = (script,)
        else:
            argv = (*stage.shell, script)
            base = stage.shell[0].rsplit("/", 1)[-1].lower() if stage.shell else ""
            shell = "" if base == "sh" else base
    return Run(argv, shell, stage.folder, numeric_user(stage.user), label, tuple(environment.items()), command.start_line)


def read_script(command):
    """The text for the shell, heredocs as BuildKit runs them. -> (script, None) or (path, content) of a file that is run"""
    script, heredocs = " ".join(command.value), command.heredocs
    if not heredocs:
        return script, None
    lone = FAKE_HEREDOC.match(script)
    if lone and len(heredocs) == 1 and len(lone[3].split()) == 1:
        content = heredocs[0].content
        if lone[2]:
            content = re.sub(r"(?m)^\t+", "", content)
        return (f"/dev/pipes/{heredocs[0].name}", content) if content.startswith("#!") else (content, None)
    return script + "".join(f"\n{here.content}{here.name}" for here in heredocs), None
