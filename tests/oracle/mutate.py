"""Makes broken and odd Dockerfiles out of real ones.

    mutate.py CORPUS OUT COUNT [SEED]

Writes OUT/<number>/Dockerfile, all of them UTF-8. The same seed gives the same files.
"""

import pathlib
import random
import sys

TOKENS = [
    "\\", "\\\n", "\\ \t\n", "\\\r\n", "`", "`\n", "\\\\\n", "\n", "\r\n", "\r", "\n\n", "\t", " ", "  ", "\v", "\f",
    "\u00a0", "\u0085", "\u2028", "\u3000", "\ufeff", "\0", "é", "à", "Å", "日本", "K", "İ", "ſ", "#", "# c\n", "\n# c\n",
    "#!x\n", "# escape=`\n", "# escape=\\\n", "# syntax=docker/dockerfile:1\n", "# check=skip=all\n", "#escape = `\n",
    "# Escape=`\n", "# escape=  \n", "# escape=x\n", "//syntax=x\n", "<<EOF", "<<-EOF", "<<'EOF'", '<<"EOF"', "<<E'O'F", "3<<X",
    "<< EOF", "<<<", "<<", "<", "EOF", "\nEOF\n", "\n\tEOF\n", "<<EOF\nbody\nEOF\n", "<<A <<B\na\nA\nb\nB\n", "<<${x:-EOF}",
    "$((1<<2))", "$(( 1 << 2 ))", "${x:-", "${x}", "${", "$", "'", '"', "\\'", '\\"', "[", "]", '["a"]', '["a", 1]', "[]",
    '["a"] # c', '["\\ud83d\\ude00"]', '["\\ud800"]', '["\\x"]', "[1e999]", "[null]", "{", "}", '["a",]', '["a", ["b"]]',
    "FROM", "FROM a AS b\n", "FROM a aſ B\n", "RUN ", "run ", "RU\\\nN ", "ONBUILD ", "ONBUILD ONBUILD ", "ONBUILD RUN <<EOF\nx\nEOF\n",
    "ENV ", "ENV a\n", "ENV a b\n", "ENV a=b c\n", "ENV A= B=\"\"\n", "ENV =x\n", "ENV a=b\\ c\n", "LABEL ", "LABEL a b=c\n", "ARG ", "ARG a b=c\n",
    "ARG =x\n", "COPY ", "COPY a b\n", "COPY <<EOF /x\ny\nEOF\n", "COPY a <<EOF\n", "COPY <<A <<B /\n1\nA\n2\nB\n", "ADD ", "ADD a\n",
    "CMD ", "CMD\n", "ENTRYPOINT []\n", "SHELL []\n", "SHELL a\n", "SHELL [\"a\"]\n", "VOLUME [\" \"]\n", "VOLUME a b\n", "EXPOSE\n", "USER a b\n", "WORKDIR\n",
    "STOPSIGNAL --x 9\n", "MAINTAINER a b\n", "HEALTHCHECK NONE\n", "HEALTHCHECK NONE x\n", "HEALTHCHECK CMD\n",
    "HEALTHCHECK --interval=5s CMD x\n", "HEALTHCHECK --interval=1us CMD x\n", "HEALTHCHECK --retries=-1 CMD x\n",
    "HEALTHCHECK --timeout=1.5h3m CMD [\"a\"]\n", "HEALTHCHECK --interval=5 NONE\n", "FOO bar\n", "WORKDİR /x\n", "ſHELL x\n",
    "--", " -- ", "--x", "--x=y ", "--mount=type=cache,target=/x ", "--mount=from=$x ", "--mount=\\\"a\\\"b ", "--network=none ", "--network=x ",
    "--security=insecure ", "--device=a=b ", "--device=a,b=c ", "--from=b ", "--chown='a b' ", "--link ", "--link=false ", "--link= ", "--link=x ",
    "--platform=$X ", "--chown=é ", "--chown=à ", "--chown=a\\ b ", "--parents ", "--exclude=a --exclude=b ", "--chmod ", "=", ",", ";", "&&", "|", "-",
]


def mutate(text, chance):
    for _ in range(chance.choice([1, 1, 2, 3, 5])):
        at = chance.randint(0, len(text))
        kind = chance.randrange(7)
        if kind <= 2:
            text = text[:at] + chance.choice(TOKENS) + text[at:]
        elif kind == 3:
            text = text[:at] + text[at + chance.randint(1, 6):]
        elif kind == 4:
            lines = text.splitlines(keepends=True)
            if len(lines) > 1:
                a, b = chance.randrange(len(lines)), chance.randrange(len(lines))
                lines[a], lines[b] = lines[b], lines[a]
            text = "".join(lines)
        elif kind == 5:
            lines = text.split("\n")
            line = chance.randrange(len(lines))
            lines.insert(line, chance.choice(TOKENS) + chance.choice(["", chance.choice(TOKENS)]))
            text = "\n".join(lines)
        else:
            lines = text.split("\n")
            line = chance.randrange(len(lines))
            words = lines[line].split(" ")
            words.insert(chance.randint(0, len(words)), chance.choice(TOKENS))
            lines[line] = " ".join(words)
            text = "\n".join(lines)
    return text


def main():
    corpus, out, count = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), int(sys.argv[3])
    chance = random.Random(int(sys.argv[4]) if len(sys.argv) > 4 else 0)
    paths = sorted(path for path in corpus.rglob("*") if path.is_file())
    for number in range(count):
        if chance.random() < 0.3:
            text = "FROM a\n" + "".join(chance.choice(TOKENS) for _ in range(chance.randint(1, 12)))
        else:
            text = chance.choice(paths).read_bytes().decode("utf-8", "ignore")[:3000]
        folder = out / str(number)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "Dockerfile").write_bytes(mutate(text, chance).encode())


main()
