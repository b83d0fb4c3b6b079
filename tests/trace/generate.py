"""Random Dockerfiles whose RUNs hold what makes merging and cleaning hard. Written as BuildKit reads them, to be rewritten and
then compared by trace.py.
"""
import pathlib
import random

IMAGES = ["alpine:3.20", "debian:12-slim", "ubuntu:22.04", "centos:7", "fedora:40", "node:20", "python:3.12-alpine", "example.test/base:1"]
INSTALLS = {
    "alpine": ["apk add --no-cache curl", "apk update && apk add curl git", "apk add --update bash", "apk --no-cache add make", "apk update", "apk del curl"],
    "debian": ["apt-get update && apt-get install -y curl", "apt-get update", "apt-get install -y --no-install-recommends git", "apt-get -qq update; apt-get -qqy install vim",
               "apt update && apt install -y make", "apt-get clean", "rm -rf /var/lib/apt/lists/*", "sudo apt-get update && sudo apt-get install -y gcc"],
    "redhat": ["yum install -y curl", "yum -y update && yum clean all", "dnf install -y git", "yum makecache", "rm -rf /var/cache/yum"],
}
COMMON_INSTALLS = ["pip install flask", "pip3 install --no-cache-dir django", "python -m pip install -r req.txt", "npm ci", "npm install -g yarn", "yarn install --frozen-lockfile",
                   "gem install rake", "go build ./...", "composer install", "bundle install"]
PLAIN = ["make", "make install", "./configure --prefix=/usr", "curl -fsSL https://example.test/x.tgz -o /tmp/x.tgz", "tar xzf /tmp/x.tgz -C /opt", "rm /tmp/x.tgz",
         "mkdir -p /app /data", "chmod +x /entry.sh", "chown -R app:app /app", "ln -s /opt/x /usr/bin/x", "useradd -m app", "adduser -D app", "sed -i 's/a && b/c; d/' /etc/x.conf",
         "git clone https://example.test/r.git /src", "cp -r /src/* /app/", "touch \"/tmp/a b\"", "echo 'a; b # c'", "test -f /x", "[ -d /y ]", "which curl", "command -v zed",
         "echo \"$HOME\"", "echo \"${X:-none}\" \"$Y\"", "printf '%s\\n' one two", "true", "find / -name '*.pyc' -delete", "env A=1 tool", "A=1 B=\"x y\" tool $A", "/opt/x/bin/tool --flag",
         "sh -c 'cd /x && make; make test'", "bash -c \"set -e; one; two\"", "ls *.txt", "nice -n 5 tool", "eval \"echo $X\"", "wait"]
STATE = ["cd /opt/x", "cd src", "cd", "export X=1", "X=1", "export Y=\"$X\" Z", "umask 027", "set -e", "set -x", "set -u", "set +e", "set -ex", "set -o pipefail", "set -f", "set -- p q",
         "trap 'echo bye' EXIT", "trap '' INT", "exit 0", "exit", "ulimit -n 512", ". /etc/profile", "source /root/env.sh", "alias ll='ls -l'", "f() { echo in; tool; }", "f", "shopt -s nullglob",
         "readonly R=1", "unset X", "IFS=:", "exec > /tmp/log", "exec tool", "exec 3>/tmp/three", "pushd /x", "popd", "local q", "return 0", "hash -r", "PATH=/x/bin:$PATH", "read line < /etc/x"]


def simple(random_, family):
    roll = random_.random()
    if roll < 0.24:
        return random_.choice(INSTALLS[family])
    if roll < 0.34:
        return random_.choice(COMMON_INSTALLS)
    if roll < 0.44:
        return random_.choice(STATE)
    return random_.choice(PLAIN)


def command(random_, family, depth):
    roll = random_.random() if depth else 0.0
    text = simple(random_, family)
    if roll < 0.66:
        end = random_.random()
        if end < 0.08:
            return f"{text} {random_.choice(['> /tmp/out', '>> /tmp/out', '2>&1', '> /dev/null 2>&1', '< /etc/in', '&> /tmp/all', '2> /tmp/err'])}"
        return f"! {text}" if end < 0.1 else text
    inner = script(random_, family, depth - 1, random_.randint(1, 2)).replace("\n", " ")
    other = command(random_, family, depth - 1)
    return random_.choice([
        f"{{ {inner}; }}", f"({inner})", f"( {inner} )", f"{text} | {simple(random_, family)}", f"{text} | xargs tool", f"echo y | {text}",
        f"if {text}; then {inner}; fi", f"if [ -f /c ]; then {inner}; else {other}; fi", f"for i in 1 2 \"$X\"; do {inner}; done",
        f"while [ ! -e /d ]; do {inner}; done", f"until {text}; do sleep 1; done", f"case \"$(uname -m)\" in x86_64) {inner} ;; *) {other} ;; esac",
        f"tool \"$({inner})\"", f"tool `{text}`", f"X=$({text})", f"sudo {text}",
    ])


def script(random_, family, depth, length):
    parts = [command(random_, family, depth)]
    for _ in range(length - 1):
        joint = random_.choices([" && ", " || ", "; ", " & "], [70, 12, 16, 1])[0]
        parts += [joint, command(random_, family, depth)]
    return "".join(parts)


def laid_out(random_, text):
    """The same script over several lines, in one of the styles that people use."""
    style = random_.random()
    if style < 0.4 or "'" in text or "\"" in text or "`" in text:
        return text
    if style < 0.7:
        return text.replace(" && ", " && \\\n    ")
    if style < 0.9:
        return text.replace(" && ", " \\\n && ")
    return text.replace(" && ", " && \\\n    # a comment\n    ")


def instruction(random_, family):
    roll = random_.random()
    if roll < 0.12:
        return random_.choice(["ENV X=2", "ARG Y=3", "WORKDIR /app", "COPY . /app", "USER app", "USER root", "EXPOSE 80", "LABEL a=b", "SHELL [\"/bin/bash\", \"-c\"]",
                               "SHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]", "SHELL [\"/bin/sh\", \"-ec\"]", "VOLUME /data", "ONBUILD RUN echo x", "# a comment", ""])
    text = script(random_, family, 2, random_.choices([1, 2, 3, 4], [4, 4, 2, 1])[0])
    if roll < 0.16:
        return "RUN <<EOF\n" + random_.choice(["", "set -e\n", "set -ex\n"]) + text.replace(" && ", "\n") + "\nEOF"
    if roll < 0.18:
        return f"RUN cat <<'EOF' > /etc/f && {text}\na $X\nEOF"
    if roll < 0.2:
        return "RUN [\"tool\", \"a b\", \"$X\"]"
    flag = random_.choice(["--mount=type=cache,target=/root/.cache ", "--mount=type=tmpfs,target=/t ", "--network=none "]) if roll < 0.24 else ""
    end = random_.choices(["", ";", " # a note", " "], [30, 1, 1, 1])[0]
    return f"RUN {flag}{laid_out(random_, text)}{end}"


def dockerfile_text(random_):
    lines = []
    for number in range(random_.choices([1, 2], [4, 1])[0]):
        image = random_.choice(IMAGES)
        family = "alpine" if "alpine" in image else "redhat" if image.startswith(("centos", "fedora")) else "debian"
        lines.append(f"FROM {image} AS s{number}")
        for _ in range(random_.randint(2, 7)):
            lines.append(instruction(random_, family))
    lines.append("CMD [\"tool\"]")
    return "\n".join(lines) + "\n"


def write_tree(folder, count, seed):
    random_ = random.Random(seed)
    for number in range(count):
        path = pathlib.Path(folder) / f"{seed}-{number:05}" / "Dockerfile"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dockerfile_text(random_))
