#!/bin/sh
set -e

if [ -z "$SENDER" ]; then
  echo "SENDER has to be set" >&2
  exit 1
fi
sed "s/@SENDER@/$SENDER/" letters.tmpl > /tmp/letters.tmpl

exec "$@"
