#!/bin/sh
# What is no program, and options, are for Bun.
set -e
if [ "${1#-}" != "$1" ] || [ -z "$(command -v "$1")" ] || { [ -f "$1" ] && [ ! -x "$1" ]; }; then
    set -- /usr/local/bin/bun "$@"
fi
exec "$@"
