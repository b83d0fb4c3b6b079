#!/usr/bin/env bash
set -euo pipefail

: "${CURRENCY:=EUR}"
export CURRENCY LETTERS=$(< /etc/letters)
envsubst '$CURRENCY $LETTERS' < /usr/local/lib/report/head.tmpl > "${TMPDIR:-/tmp}/head"

exec "$@"
