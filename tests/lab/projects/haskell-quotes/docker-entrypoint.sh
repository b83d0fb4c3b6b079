#!/bin/sh
set -e

: "${QUOTES_SET:=default}"
export QUOTES="quotes/$QUOTES_SET.txt"

if [ ! -f "$QUOTES" ]; then
    echo "there are no quotes called $QUOTES_SET" >&2
    exit 1
fi

exec "$@"
