#!/usr/bin/env python3
"""Checks that the comparison finds what it has to find: pairs of RUN sequences made by hand, each with its verdict, in dash,
ash and bash.

    selftest.py [--tools DIR] [-v] [NAME…]
"""
import argparse
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import compare  # noqa: E402
import stages  # noqa: E402
import world  # noqa: E402

EQUAL, DIFFERENT = "equal", "different"
HEREDOC_BEFORE = "RUN <<EOF\nset -e\na\nb\nEOF\nRUN c"
# (name, verdict, before, after); a verdict may name the shells in which it is another one.
PAIRS = [
    ("list", EQUAL, "RUN a\nRUN b", "RUN a && b"),
    ("list of three with arguments", EQUAL, "RUN a 'x y' \"$HOME\"\nRUN b *.c\nRUN c", "RUN a 'x y' \"$HOME\" && b *.c && c"),
    ("continuations and comments", EQUAL, "RUN a \\\n  x\n# why\nRUN b", "RUN a \\\n  x \\\n# why\n  && b"),
    ("same file", EQUAL, "RUN a\nCOPY x y\nRUN b", "RUN a\nCOPY x y\nRUN b"),
    ("command lost", DIFFERENT, "RUN a\nRUN b", "RUN a"),
    ("command added", DIFFERENT, "RUN a\nRUN b", "RUN a && b && c"),
    ("order changed", DIFFERENT, "RUN a\nRUN b", "RUN b && a"),
    ("argument changed", DIFFERENT, "RUN a x\nRUN b", "RUN a y && b"),
    ("quotes lost", DIFFERENT, "RUN a 'x y'\nRUN b", "RUN a x y && b"),
    ("failure ignored", DIFFERENT, "RUN a\nRUN b", "RUN a; b"),
    ("failure ignored in the background", DIFFERENT, "RUN a\nRUN b", "RUN a & b"),
    ("failure no longer ignored", DIFFERENT, "RUN a || true\nRUN b", "RUN a && b"),
    ("or before and", DIFFERENT, "RUN x || y\nRUN a || true", "RUN x || y && a || true"),
    ("or at the end, plain", DIFFERENT, "RUN a\nRUN b || c", "RUN a && b || c"),
    ("or at the end, grouped", EQUAL, "RUN a\nRUN b || c", "RUN a && { b || c; }"),
    ("or first, plain", EQUAL, "RUN a || true\nRUN b", "RUN a || true && b"),
    ("sequence last, plain", DIFFERENT, "RUN a\nRUN b; c", "RUN a && b; c"),
    ("sequence last, grouped", EQUAL, "RUN a\nRUN b; c", "RUN a && { b; c; }"),
    ("sequence last, subshell", EQUAL, "RUN a\nRUN b; c", "RUN a && (b; c)"),
    ("sequence first, plain", EQUAL, "RUN a; b\nRUN c", "RUN a; b && c"),
    ("negation last, plain", EQUAL, "RUN a\nRUN ! b", "RUN a && ! b"),
    ("negation first, of the whole list", DIFFERENT, "RUN ! a\nRUN b", "RUN ! { a && b; }"),
    ("group and pipeline", EQUAL, "RUN a | b\nRUN { c; d; }", "RUN a | b && { c; d; }"),
    ("pipeline takes the list", DIFFERENT, "RUN a\nRUN b | c", "RUN { a && b; } | c"),
    ("pipeline status", DIFFERENT, "RUN a | b\nRUN c", "RUN a && b && c"),
    ("input of a pipeline", DIFFERENT, "RUN echo x | a\nRUN b", "RUN echo y | a && b"),
    ("if is one command", EQUAL, "RUN if [ -f x ]; then a; else b; fi\nRUN c", "RUN if [ -f x ]; then a; else b; fi && c"),
    ("if takes the next command in", DIFFERENT, "RUN if [ -f x ]; then a; fi\nRUN c", "RUN if [ -f x ]; then a && c; fi"),
    ("test turned round", DIFFERENT, "RUN [ -f x ] && a || b\nRUN c", "RUN { [ -f x ] && b || a; } && c"),
    ("for and case", EQUAL, "RUN for i in 1 2; do a $i; done\nRUN case $(uname -m) in x86_64) b;; *) c;; esac",
     "RUN for i in 1 2; do a $i; done && case $(uname -m) in x86_64) b;; *) c;; esac"),
    ("case loses a branch", DIFFERENT, "RUN case $(uname -m) in x86_64) b;; aarch64) c;; esac\nRUN d", "RUN case $(uname -m) in x86_64) b;; esac && d"),
    ("cd leaks", DIFFERENT, "RUN cd /x && a\nRUN b", "RUN cd /x && a && b"),
    ("cd in a subshell", EQUAL, "RUN cd /x && a\nRUN b", "RUN (cd /x && a) && b"),
    ("cd in the last", EQUAL, "RUN a\nRUN cd /x && b", "RUN a && cd /x && b"),
    ("cd with nothing after it", EQUAL, "RUN cd /x\nRUN b", "RUN (cd /x) && b"),
    ("cd that leaks without use", DIFFERENT, "RUN cd /x\nRUN b", "RUN cd /x && b"),
    ("export leaks", DIFFERENT, "RUN export A=1\nRUN a", "RUN export A=1 && a"),
    ("export in a subshell", EQUAL, "RUN export A=1 && b\nRUN a", "RUN (export A=1 && b) && a"),
    ("variable leaks", DIFFERENT, "RUN A=1; a\nRUN b \"$A\"", "RUN { A=1; a; } && b \"$A\""),
    ("variable for one command", EQUAL, "RUN A=1 a\nRUN b \"$A\"", "RUN A=1 a && b \"$A\""),
    ("umask leaks", DIFFERENT, "RUN umask 077 && a\nRUN b", "RUN umask 077 && a && b"),
    ("umask leaks into a file", DIFFERENT, "RUN umask 077 && a\nRUN > /b", "RUN umask 077 && a && > /b"),
    ("ulimit leaks", DIFFERENT, "RUN ulimit -n 64 && a\nRUN b", "RUN ulimit -n 64 && a && b"),
    ("set -e in a list of its own", EQUAL, "RUN set -e && a && b\nRUN c", "RUN set -e && a && b && c"),
    ("set -e no longer works in a group", DIFFERENT, "RUN set -e; a; b\nRUN c", "RUN { set -e; a; b; } && c"),
    ("set -e no longer works in a subshell", DIFFERENT, "RUN set -e; a; b\nRUN c", "RUN (set -e; a; b) && c"),
    ("set -e works in the last", EQUAL, "RUN c\nRUN set -e; a; b", "RUN set -e; c; a; b"),
    ("set -e after the list", DIFFERENT, "RUN c\nRUN set -e; a; b", "RUN c && set -e; a; b"),
    ("set -e leaks into a sequence", DIFFERENT, "RUN set -e && a\nRUN b; c", "RUN set -e && a && { b; c; }"),
    ("set +e leaks", DIFFERENT, "SHELL [\"/bin/sh\", \"-e\", \"-c\"]\nRUN set +e; a\nRUN b; c", "SHELL [\"/bin/sh\", \"-e\", \"-c\"]\nRUN set +e; a; b; c"),
    ("SHELL with -e, a list", EQUAL, "SHELL [\"/bin/sh\", \"-ec\"]\nRUN a && b\nRUN c", "SHELL [\"/bin/sh\", \"-ec\"]\nRUN a && b && c"),
    ("SHELL with -e, a group", DIFFERENT, "SHELL [\"/bin/sh\", \"-ec\"]\nRUN a; b\nRUN c", "SHELL [\"/bin/sh\", \"-ec\"]\nRUN { a; b; } && c"),
    ("set -x leaks", DIFFERENT, "RUN set -x && a\nRUN b", "RUN set -x && a && b"),
    ("set -u leaks", DIFFERENT, "RUN set -u; a\nRUN b $NOT_SET", "RUN { set -u; a; } && b $NOT_SET"),
    ("set -f leaks", DIFFERENT, "RUN set -f; a *\nRUN b", "RUN { set -f; a *; } && b"),
    ("pipefail leaks", {"dash": EQUAL, "other": DIFFERENT}, "RUN set -o pipefail; a\nRUN b | c", "RUN set -o pipefail; a && b | c"),
    ("noclobber leaks", DIFFERENT, "RUN set -C; a\nRUN echo x > /f; echo y > /f", "RUN { set -C; a; } && { echo x > /f; echo y > /f; }"),
    ("trap runs later", DIFFERENT, "RUN trap 'z' EXIT; a\nRUN b", "RUN { trap 'z' EXIT; a; } && b"),
    ("trap in a subshell", EQUAL, "RUN trap 'z' EXIT; a\nRUN b", "RUN (trap 'z' EXIT; a) && b"),
    ("ignored signal leaks", DIFFERENT, "RUN trap '' TERM; a\nRUN b", "RUN { trap '' TERM; a; } && b"),
    ("exit ends the rest", DIFFERENT, "RUN a; exit 0\nRUN b", "RUN { a; exit 0; } && b"),
    ("exit in a subshell", EQUAL, "RUN a; exit 0\nRUN b", "RUN (a; exit 0) && b"),
    ("exit in the last", EQUAL, "RUN a\nRUN b || exit 1", "RUN a && { b || exit 1; }"),
    ("exec replaces the shell", DIFFERENT, "RUN exec a\nRUN b", "RUN exec a && b"),
    ("exec redirects the rest", DIFFERENT, "RUN exec > /log; a\nRUN b", "RUN { exec > /log; a; } && b"),
    ("open file leaks", DIFFERENT, "RUN exec 3> /log; a\nRUN b", "RUN { exec 3> /log; a; } && b"),
    ("background in the middle", DIFFERENT, "RUN a\nRUN b & c\nRUN d", "RUN a && b & c && d"),
    ("comment swallows", DIFFERENT, "RUN a # note\nRUN b", "RUN a # note && b"),
    ("function leaks", DIFFERENT, "RUN f() { a; }; f\nRUN f", "RUN { f() { a; }; f; } && f"),
    ("alias leaks", DIFFERENT, "RUN alias f='a'\nRUN b; eval f", "RUN alias f='a' && { b; eval f; }"),
    ("chdir leaks", {"bash": EQUAL, "other": DIFFERENT}, "RUN chdir /x && a\nRUN b", "RUN chdir /x && a && b"),
    ("or twice before and", DIFFERENT, "RUN x || y || z\nRUN a || true", "RUN x || y || z && a || true"),
    ("shopt leaks", {"bash": DIFFERENT, "other": EQUAL}, "RUN shopt -s nullglob; a\nRUN b /none*", "RUN { shopt -s nullglob; a; } && b /none*"),
    ("source leaks", DIFFERENT, "RUN . /etc/profile; a\nRUN b", "RUN { . /etc/profile; a; } && b"),
    ("source in a subshell", EQUAL, "RUN . /etc/profile; a\nRUN b", "RUN (. /etc/profile; a) && b"),
    ("positional parameters leak", DIFFERENT, "RUN set -- x y; a\nRUN b \"$@\"", "RUN { set -- x y; a; } && b \"$@\""),
    ("IFS leaks", DIFFERENT, "RUN IFS=:; a\nRUN x=a:b; b $x", "RUN { IFS=:; a; } && { x=a:b; b $x; }"),
    ("readonly leaks", DIFFERENT, "RUN readonly A=1; a\nRUN A=2; b $A", "RUN { readonly A=1; a; } && { A=2; b $A; }"),
    ("PATH leaks", DIFFERENT, "RUN PATH=/x/bin:$PATH; a\nRUN b", "RUN { PATH=/x/bin:$PATH; a; } && b"),
    ("ENV between", DIFFERENT, "RUN a\nENV X=1\nRUN b", "RUN a && b\nENV X=1"),
    ("COPY between", DIFFERENT, "RUN a\nCOPY x y\nRUN b", "RUN a && b\nCOPY x y"),
    ("WORKDIR between", DIFFERENT, "RUN a\nWORKDIR /w\nRUN b", "WORKDIR /w\nRUN a && b"),
    ("USER between", DIFFERENT, "RUN a\nUSER app\nRUN b", "USER app\nRUN a && b"),
    ("SHELL between", DIFFERENT, "RUN a\nSHELL [\"/bin/bash\", \"-c\"]\nRUN b", "SHELL [\"/bin/bash\", \"-c\"]\nRUN a && b"),
    ("mount moved", DIFFERENT, "RUN --mount=type=cache,target=/c a\nRUN b", "RUN --mount=type=cache,target=/c a && b"),
    ("mount in the script", DIFFERENT, "RUN a\nRUN --mount=type=cache,target=/c b", "RUN a && --mount=type=cache,target=/c b"),
    ("equal cache mounts", EQUAL, "RUN --mount=type=cache,target=/c a\nRUN --mount=type=cache,target=/c b", "RUN --mount=type=cache,target=/c a && b"),
    ("equal tmpfs mounts", DIFFERENT, "RUN --mount=type=tmpfs,target=/c a\nRUN --mount=type=tmpfs,target=/c b", "RUN --mount=type=tmpfs,target=/c a && b"),
    ("exec form", EQUAL, "RUN [\"a\", \"x y\"]\nRUN b", "RUN a 'x y' && b"),
    ("exec form read as text", DIFFERENT, "RUN [\"a\", \"$HOME\"]\nRUN b", "RUN a $HOME && b"),
    ("heredoc script, plain list", DIFFERENT, HEREDOC_BEFORE, "RUN (set -e\\\n; a; b) && c"),
    ("heredoc script continued", EQUAL, "RUN <<EOF\na\nEOF\nRUN b", "RUN <<EOF\na && b\nEOF"),
    ("heredoc loses set -e", DIFFERENT, "RUN a\nRUN b\nRUN c", "RUN <<EOF\na\nb\nc\nEOF"),
    ("heredoc with set -e", EQUAL, "RUN a\nRUN b\nRUN c", "RUN <<EOF\nset -e\na\nb\nc\nEOF"),
    ("heredoc as input", EQUAL, "RUN cat <<EOF > /f\nx\nEOF\nRUN b", "RUN cat <<EOF > /f && b\nx\nEOF"),
    ("heredoc body changed", DIFFERENT, "RUN cat <<EOF > /f\nx\nEOF\nRUN b", "RUN cat <<EOF > /f && b\ny\nEOF"),
    ("heredoc expands", DIFFERENT, "RUN cat <<'EOF' > /f\n$HOME\nEOF\nRUN b", "RUN cat <<EOF > /f && b\n$HOME\nEOF"),
    ("redirection moves", DIFFERENT, "RUN a\nRUN b > /f", "RUN { a && b; } > /f"),
    ("substitution fails", EQUAL, "RUN a \"$(b)\"\nRUN c", "RUN a \"$(b)\" && c"),
    ("program may be missing", DIFFERENT, "RUN command -v z || a\nRUN b", "RUN command -v z && a; b"),
    ("until loop ends", EQUAL, "RUN until [ -f x ]; do sleep 1; done\nRUN while a && [ -f y ]; do b; done", "RUN until [ -f x ]; do sleep 1; done && while a && [ -f y ]; do b; done"),
    ("sudo passes on", DIFFERENT, "RUN sudo -u app sh -c 'a; b'\nRUN c", "RUN sudo -u app sh -c 'a && b' && c"),
    ("shell in a shell", EQUAL, "RUN bash -c 'cd /x; a'\nRUN b", "RUN bash -c 'cd /x; a' && b"),
    ("xargs passes on", DIFFERENT, "RUN echo x | xargs a\nRUN b", "RUN echo x z | xargs a && b"),
    ("cleanup appended", EQUAL, "RUN apt-get update && apt-get install -y a", "RUN apt-get update && apt-get install -y a && rm -rf /var/lib/apt/lists/*"),
    ("cleanup hides a failure", DIFFERENT, "RUN apt-get update && apt-get install -y a", "RUN apt-get update && apt-get install -y a; rm -rf /var/lib/apt/lists/*"),
    ("cleanup moved to its RUN", EQUAL, "RUN apt-get install -y a\nRUN rm -rf /var/lib/apt/lists/*", "RUN apt-get install -y a && rm -rf /var/lib/apt/lists/*"),
    ("cleanup after or", DIFFERENT, "RUN a || b", "RUN a || b && rm -rf /var/lib/apt/lists/*; true"),
    ("cleanup by path and home", EQUAL, "RUN conda install a\nRUN pip install b", "RUN conda install a && /opt/conda/bin/conda clean -ay\nRUN pip install b && rm -rf ~/.cache/pip"),
    ("removal of a cache and more", DIFFERENT, "RUN pip install b", "RUN pip install b && rm -rf ~/.cache/pip /tmp"),
    ("removal of something else", DIFFERENT, "RUN apt-get install -y a", "RUN apt-get install -y a && rm -rf /var/lib/apt"),
    ("cleanup in a comment", EQUAL, "RUN a # x", "RUN a # x && rm -rf /var/lib/apt/lists/*"),
    ("cleanup in the arguments", DIFFERENT, "RUN apt-get install -y a", "RUN apt-get install -y a rm -rf /var/lib/apt/lists/*"),
    ("flag added", EQUAL, "RUN apk update && apk add a\nRUN pip install b", "RUN apk add --no-cache a\nRUN pip install --no-cache-dir b"),
    ("flag of another program", DIFFERENT, "RUN docker build .\nRUN b", "RUN docker build --no-cache .\nRUN b"),
    ("flag lost", DIFFERENT, "RUN apk add --no-cache a\nRUN b", "RUN apk add a && b"),
    ("sudo flag added", EQUAL, "RUN sudo -H pip3 install b\nRUN c", "RUN sudo -H pip3 install --no-cache-dir b && c"),
    ("cleanup without cd back", DIFFERENT, "RUN npm ci\nRUN b", "RUN npm ci && cd /tmp && npm cache clean --force && b"),
    ("two stages", DIFFERENT, "RUN a\nFROM x\nRUN b", "RUN a && b\nFROM x"),
    ("stage lost", DIFFERENT, "RUN a\nFROM x\nRUN b", "RUN a && b"),
    ("not parsed", DIFFERENT, "RUN a\nRUN b &", "RUN a && b & && c"),
]


def verdict_of(running, folder, before, after, shell):
    parsed = []
    for name, content in (("before", before), ("after", after)):
        path = pathlib.Path(folder) / name
        path.write_text(f"FROM scratch\n{content}\nCMD [\"x\"]\n")
        parsed.append(stages.read(path))
    differences, _, _, unsteady = compare.judge_stages(running, *parsed, shells=(shell,))
    note = " (unsteady)" if unsteady else ""
    return (DIFFERENT, differences[0]["what"] + note) if differences else (EQUAL, note)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("names", nargs="*")
    options.add_argument("--tools", type=pathlib.Path, default=pathlib.Path("/tmp/trace-tools"))
    options.add_argument("-v", action="store_true", help="say for each pair what was seen")
    options = options.parse_args()
    running = world.World(*world.build_tools(options.tools))
    wrong = checked = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, expected, before, after in PAIRS:
            if options.names and name not in options.names:
                continue
            for shell in ("dash", "ash", "bash"):
                wanted = expected if isinstance(expected, str) else expected.get(shell, expected.get("other"))
                verdict, why = verdict_of(running, folder, before, after, shell)
                checked += 1
                if verdict != wanted:
                    wrong += 1
                    print(f"WRONG {name}, {shell}: {verdict}, expected {wanted}: {why}")
                elif options.v:
                    print(f"{name}, {shell}: {verdict}: {why}")
    running.close()
    print(f"{len(PAIRS)} pairs, {checked} verdicts, {wrong} wrong")
    sys.exit(1 if wrong else 0)


main()
