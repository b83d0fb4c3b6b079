"""generate.py SEED COUNT: questions for main.go. The same seed gives the same lines, each an ignore file and the
paths of a context that its patterns match, nearly match, or match a folder of."""
import json
import random
import sys

REAL = """
.git .git/ .git/** **/.git .gitignore **/.gitignore .gitattributes .github .gitlab-ci.yml .hg .svn
node_modules node_modules/ /node_modules **/node_modules **/node_modules/ **/node_modules/** ./node_modules
*/node_modules packages/*/node_modules packages/**/node_modules npm-debug.log* yarn-error.log **/*.log *.log logs/*.log
dist /dist dist/ **/dist build build/ **/build/** /build/* target target/ **/target/ bin/ obj/ **/bin **/obj **/[Bb]in
**/[Oo]bj/ out coverage coverage/** .nyc_output .next .nuxt .cache **/.cache tmp tmp/* tmp/**/* temp log/* vendor
vendor/bundle __pycache__ **/__pycache__ **/__pycache__/ *.pyc **/*.pyc **/*.py[cod] *$py.class *.py[co] *.egg-info
**/*.egg-info/ .venv venv/ env/ ENV/ .tox .pytest_cache **/.pytest_cache .mypy_cache .env .env* .env.* **/.env* *.env
.env.local .env.*.local secrets/ *.pem **/*.pem **/*.key id_rsa* .npmrc .aws/ .terraform **/.terraform/*
*.tfstate *.tfstate.* Dockerfile Dockerfile* **/Dockerfile* *.Dockerfile docker-compose* **/docker-compose*.yml
docker-compose.*.yml compose.y*ml .dockerignore **/.dockerignore .editorconfig .idea .idea/ *.iml **/*.iml .vscode
.vscode/* *.swp *~ **/*~ **/.*.sw? .DS_Store **/.DS_Store Thumbs.db *.md **/*.md README* LICENSE CHANGELOG.md docs docs/
docs/**/*.png Makefile *.test test tests/ **/test/ **/__tests__ **/*.spec.ts **/*_test.go *.sqlite3 db/*.sqlite3
public/assets public/packs/* storage/* data/** *.zip *.tar.gz **/*.bak **/*.dbmdl **/*.jfm **/*.*proj.user **/charts
**/values.dev.yaml **/secrets.dev.yaml **/azds.yaml **/.classpath **/.vs **/.toolstarget **/npm-debug.log
* ** **/* /* */* */** */*/** **/** ./** . ./ / /. **/.* .* .*/ *.* **/*.* *.?? ?* **/?*
a/**/b a/**/*.js src/**/*.test.[jt]s src/**/__tests__/** **/foo/**/bar **/foo/* foo** **foo foo**bar **/*foo* [a-z]*
[!a]* [^a]* **/[^.]* data-[0-9][0-9].csv \\#file \\!important \\*literal file\\[1].txt
""".split()
EXCEPTIONS = """
!README.md !**/README.md !*.md !.env.example !**/.env.example !.git/HEAD !.git/refs !.git/refs/** !src !src/ !src/**
!/src/** !src/**/*.js !src/* !package.json !package*.json !yarn.lock !dist/index.html !dist/* !vendor/keep !build/libs/*.jar
!target/*.jar !target/release/app !tests/data/** !docs/api !node_modules/keep !**/keep !**/*.go !* !** !a/b !a/* !a/**
!Dockerfile !docker/entrypoint.sh !.dockerignore !log/.keep !tmp/.keep !**/.keep !*/package.json !apps/*/package.json
!**/src/main !./src !//src ! src !\\#file
""".split("\n")
EXCEPTIONS = [word for line in EXCEPTIONS for word in line.split()]
NAMES = """a b c ab abc foo bar src app lib test tests docs node_modules .git .env .env.example keep README.md main.go
index.js a.js b.test.js x.log dist build target vendor data file1 data-01.csv .keep package.json __pycache__ m.pyc Bin
é ü.md 日本 a\u0301 ſ K a-b a_b A B 1 7 [ ] * ? ! # ^ - \\ $ + ( ) { } | ~ & a[b] a*b a.b ..a ... 名前.txt
*literal #file !important file[1].txt""".split() + ["a b", " a", "a ", "a\nb", "\n", "\t", "\u00a0", "\ufeff", "ÿ**", "\u0378"]
SMALL = ["a", "b", "c", "ab", "ba", "aa", "é"]
ESCAPES = list("dDsSwWbBAzZQECpPxafnrtvGkl01234567uU") + ["pL", "PL", "pl", "pN", "PN", "pS", "pZ", "pP", "pM", "pC", "p^", "p-",
    "x41", "x6a", "x4", "xg1", "061", "141", "1", "12", "777", "Qa", "Qa\\E", "Q", "E", "é", ".", "*", "?", "[", "]", "\\",
    "/", "-", "^", "$", "{", "}", "_", " ", "\n", "#", "!", "\"", "(", "+"]
CLASSES = ["[a]", "[ab]", "[a-c]", "[^a]", "[!a]", "[^a-c]", "[*]", "[?]", "[**]", "[**/]", "[a*]", "[^*]", "[*]*", "[A-*]",
    "[a-*]", "[+--]", "[.-0]", "[a/b]", "[/]", "[^/]", "[a-]", "[-a]", "[]", "[]a]", "[^]a]", "[a", "[", "[^", "[a-", "[\\]]",
    "[\\d]", "[\\D]", "[\\w-]", "[\\pL]", "[\\PL]", "[\\pl]", "[\\Q]", "[\\b]", "[\\x41-\\x43]", "[\\061]", "[\\-a]", "[a\\-c]",
    "[[]", "[[a]", "[[:alpha:]]", "[[:^alpha:]]", "[[:digit:]a]", "[[:word:]-]", "[[:space:]]", "[[:x:]]", "[[:alpha]", "[:alpha:]",
    "[[:punct:]]", "[[:upper:][:lower:]]", "[[:ascii:]]", "[[:*:]]", "[a&&b]", "[a--b]", "[a~~b]", "[a&]", "[é]", "[à-ü]",
    "[z-a]", "[a-z-9]", "[a-b-c]", "[\\\\]", "[\\]", "[a\\", "[.]", "[$]", "[(]", "[)]", "[{}]", "[|]", "[+]", "[^.]", "[[^a]]", "[a]]",
    "[ ]", "[#]", "[!]", "[\\^a]", "[^^]", "[a^]", "[\u65e5-\u672c]", "[[.a.]]", "[[=a=]]", "[\\a]", "[\\n]", "[a-\\d]", "[\\d-a]"]
SPACES = [" ", "  ", "\t", "\r", "\v", "\f", "\u00a0", "\u2003", "\u3000", "\u0085", "\u200b", "\ufeff"]


def piece(r):
    kind = r.random()
    if kind < 0.45:
        return r.choice(SMALL)
    if kind < 0.60:
        return r.choice(["*", "**", "?", "***", "****", "*?", "?*"])
    if kind < 0.75:
        return "/"
    if kind < 0.85:
        return r.choice(CLASSES)
    if kind < 0.93:
        return "\\" + r.choice(ESCAPES)
    if kind < 0.96:
        return r.choice(["{2}", "{1,2}", "{0}", "{0,}", "{1,}", "{0,1}", "{,2}", "{01}", "{2,1}", "{1001}", "{a,b}", "|", "{", "}",
                         "\\p{L}", "\\p{^Lu}", "\\P{nd}", "\\x{61}", "\\x{}", "\\x{g}", "\\p{L"])
    return r.choice([".", "..", "^", "$", "+", "(", ")", "{", "}", "|", "-", "]", "!", "#", " ", "~", "&", "\ufeff", "日", "ſ", "K"])


def garbage(r):
    return "".join(piece(r) for _ in range(r.randint(1, 8)))


def wild(r):
    """Components that are mostly names, with all forms of stars."""
    parts = []
    for _ in range(r.randint(1, 4)):
        word = r.choice(SMALL if r.random() < 0.6 else NAMES)
        form = r.random()
        parts.append("**" if form < 0.2 else "*" if form < 0.3 else word + "*" if form < 0.4 else "*" + word if form < 0.5
                     else "?" + word[1:] if form < 0.55 else "**" + word if form < 0.58 else word + "**" if form < 0.61
                     else word[:1] + "*" + word[1:] if form < 0.65 else word)
    return "/".join(parts)


def odd(r):
    """What the reader of lines has to deal with."""
    word = r.choice(REAL + SMALL)
    return r.choice([
        "#" + word, " #" + word, "! " + word, "!\t" + word, "!", " ! ", "!!" + word, "!#" + word, "/!" + word, "/ " + word, "/ /", "! /",
        "!/", "!//", "//", "///" + word, "./" + word, "../" + word, word + "/..", word + "/../" + word, "!../" + word, "!./" + word,
        word + "//" + word, word + "/./" + word, word + "/", word + "//", "/" + word, "!/" + word, "/./" + word, "/../" + word,
        r.choice(SPACES) + word + r.choice(SPACES), "!" + r.choice(SPACES) + word, r.choice(SPACES), "", word + " #no comment",
        "/" + r.choice(SPACES) + word, word + r.choice(SPACES) + "/", "\ufeff" + word, "!\ufeff" + word, "\ufeff#" + word, "/#" + word,
        "\ufeff**/" + word, "\ufeff**", word + "\\", "*" + word + "\\", "/!", "/!/", "/!/" + word, "!!", "/!!" + word, "\\" + word, "a*[",
        ".*[", "?*[a", "[.]*[", "\\.*[", "a*\\", "**/[", "!**/[", "a[", "!a[", "/[", "*/[z-a]", "!*/[z-a]", "\\Q" + word, "*\\Q" + word + "*",
    ])


def pattern(r, kind):
    if kind == "real":
        return r.choice(REAL) if r.random() < 0.75 else r.choice(EXCEPTIONS)
    made = {"wild": wild, "garbage": garbage, "odd": odd}[kind](r)
    return ("!" if r.random() < 0.3 and kind != "odd" else "") + made


def ignore_file(r):
    mix = r.random()
    lines = []
    for _ in range(r.choice([1, 1, 2, 3, 4, 6, 10, 20] if mix < 0.5 else [1, 1, 2, 2, 3, 4])):
        kind = "real" if mix < 0.35 else "wild" if mix < 0.6 else "garbage" if mix < 0.8 else r.choice(["real", "wild", "odd", "odd"])
        lines.append(pattern(r, kind))
    if r.random() < 0.2:
        lines.insert(r.randint(0, len(lines)), r.choice(["# comment", "", "  ", "#", "#!x"]))
    end = r.choice(["\n", "\n", "\n", "\r\n", "\n\n"])
    text = end.join(lines) + (end if r.random() < 0.7 else "")
    if r.random() < 0.03:
        text = "\ufeff" + text
    if r.random() < 0.002:
        long = r.choice([65533, 65534, 65535, 65536, 70000])
        text = r.choice(["", text]) + "a" * long + r.choice(["", "\n", "\r\n"])
    return text


def example(r, text):
    """A path that the pattern may match: its special characters are taken for something like what they mean."""
    text = text.strip().lstrip("!").strip("/ ")
    made, at = "", 0
    while at < len(text):
        rest = text[at:]
        if rest.startswith("**"):
            made += r.choice(["", r.choice(SMALL), "a/b/", r.choice(NAMES) + "/", "/"])
            at += 2
        elif rest[0] == "*":
            made += r.choice(["", r.choice(SMALL), r.choice(NAMES), "x/y"])
            at += 1
        elif rest[0] == "?":
            made += r.choice("abcé.xA1-\n")
            at += 1
        elif rest[0] == "[" and "]" in rest[1:]:
            close = rest.index("]", 1)
            made += r.choice(list(rest[1:close]) + list("abcz019-_ .AZé") + [rest[:close + 1], ""])
            made += r.choice(["", "", "]"])
            at += close + 1
        elif rest[0] == "{" and "}" in rest[1:]:
            made += r.choice(["", made[-1:], made[-1:] * 2, rest[:rest.index("}") + 1]])
            at += rest.index("}") + 1
        elif rest[0] == "|" and r.random() < 0.7:
            return r.choice([made, example(r, rest[1:]), made + "|" + rest[1:]])
        elif rest[0] == "\\" and len(rest) > 1:
            made += r.choice([rest[1], rest[1], "a", "1", " ", "é", "", "\\" + rest[1], "A"])
            at += 2
        else:
            made += rest[0]
            at += 1
    return made


def change(r, path):
    kind = r.random()
    if kind < 0.15 and path:
        at = r.randrange(len(path))
        return path[:at] + path[at + 1:]
    if kind < 0.3:
        at = r.randint(0, len(path))
        return path[:at] + r.choice("abc/.x[]^$\né") + path[at:]
    if kind < 0.4:
        return path + "/" + r.choice(NAMES + SMALL)
    if kind < 0.5:
        return r.choice(NAMES + SMALL) + "/" + path
    if kind < 0.55:
        return path.swapcase()
    return path


def paths(r, text):
    found = set()
    lines = [line for line in text[:2000].split("\n") if line.strip()]
    for _ in range(r.randint(3, 14)):
        if lines and r.random() < 0.8:
            path = change(r, example(r, r.choice(lines)))
        else:
            path = "/".join(r.choice(NAMES + SMALL * 3) for _ in range(r.randint(1, 4)))
        parts = [part[:200] for part in path.replace("\0", "").split("/") if part not in ("", ".", "..")][:6]
        if parts:
            found.add(tuple(parts))
            if r.random() < 0.3:
                found.add(tuple(parts[:-1] + [r.choice(SMALL + NAMES)]))
    folders = {parts[:n] for parts in found for n in range(1, len(parts))}
    folders |= {parts for parts in sorted(found) if r.random() < 0.1}
    order = sorted(found | folders, key=lambda parts: [part.encode() for part in parts])
    return ["/".join(parts) + ("/" if parts in folders else "") for parts in order]


def main():
    seed, count = int(sys.argv[1]), int(sys.argv[2])
    r = random.Random(seed)
    for _ in range(count):
        text = ignore_file(r)
        print(json.dumps({"text": text, "paths": paths(r, text)}, ensure_ascii=False))


main()
