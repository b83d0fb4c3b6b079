#!/bin/sh
# Rewrites a copy of a corpus and has it judged by BuildKit's own parser.
#
#     judge.sh CORPUS TOOLS BINARY [SCRATCH]
#
# CORPUS holds unpack.py, TOOLS holds judge.py, BINARY is jettison. PYTHON names an interpreter that has PyPI's `dockerfile` 3.4.0
# (default: python3); HADOLINT, if set, is a hadolint whose findings are compared too. SCRATCH is kept, with `before` and `after` in
# it, if it is given. Exit status 0 if every count that has to be zero is zero and jettison dropped no change for want of a proof.
set -eu
[ $# -ge 3 ] || { sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 2; }
corpus=$1 tools=$2 binary=$3 scratch=${4:-}
python=${PYTHON:-python3}
if [ -z "$scratch" ]; then
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
fi
mkdir -p "$scratch"
rm -rf "$scratch/before" "$scratch/after" "$scratch/judge.json"
"$python" "$corpus/unpack.py" "$scratch/before" >/dev/null
cp -r "$scratch/before" "$scratch/after"

# 3 says that a file is no valid Dockerfile, which some of the corpus are not; 4 that a proof failed.
status=0
"$binary" --fix --quiet "$scratch/after" >"$scratch/fix.out" 2>&1 || status=$?
case $status in
0 | 3) ;;
*) echo "jettison --fix ended with $status:" && grep -e 'bug in jettison' -e panicked "$scratch/fix.out" | tail -n 20 ;;
esac

"$python" "$tools/judge.py" "$scratch/before" "$scratch/after" --again "$binary --fix --quiet {dir}" \
    --json "$scratch/judge.json" ${HADOLINT:+--hadolint "$HADOLINT"} 2>"$scratch/judge.err" || [ -s "$scratch/judge.json" ]
# The judge counts CRLFs, which go with the blank lines of a merge. What counts is that no line has another end than before.
"$python" - "$scratch" <<'END' || exit 1
import json, pathlib, sys

scratch = pathlib.Path(sys.argv[1])
bad = json.loads((scratch / "judge.json").read_text())["bad"]
def bare(path):
    return path.read_bytes().replace(b"\r\n", b"").count(b"\n")
wrong = [name for name, why in bad.get("bytes", []) if why != "CRLF lost" or bare(scratch / "after" / name) > bare(scratch / "before" / name)]
wrong += [name for kind in bad if kind != "bytes" for name, _ in bad[kind]]
print(f"line ends: {len(bad.get('bytes', [])) - len([name for name, _ in bad.get('bytes', []) if name in wrong])} files lost CRLFs with blank lines only")
sys.exit(bool(wrong))
END
case $status in
0 | 3) ;;
*) exit 1 ;;
esac
