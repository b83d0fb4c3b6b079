#!/bin/sh
# compare.sh BUILDKIT SEED COUNT: asks moby's patternmatcher and fsutil about COUNT new ignore files, and has
# tests/ignore_file.rs compare. BUILDKIT is a checkout of github.com/moby/buildkit, which brings both with it;
# GO is the go command, of the version that its go.mod asks for.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
buildkit=$(cd "$1" && pwd)
work=$(mktemp -d)
program=$(mktemp -d "$buildkit/cmd/ignore.XXXXXX")
trap 'rm -rf "$work" "$program"' EXIT
cp "$here/main.go" "$program/"
(cd "$buildkit" && GOTOOLCHAIN=local GOFLAGS=-mod=vendor "${GO:-go}" build -o "$work/oracle" "./cmd/${program##*/}")
python3 "$here/generate.py" "$2" "$3" > "$work/questions.jsonl"
# The scanner complains about odd characters on standard error.
"$work/oracle" < "$work/questions.jsonl" > "$work/answers.jsonl" 2> "$work/errors" || { tail "$work/errors"; exit 1; }
cd "$here/../../.."
JETTISON_IGNORE_ANSWERS="$work/answers.jsonl" cargo test --locked --test ignore_file
