#!/bin/sh
# Prepares the configuration before nginx starts; any other command is only run.
set -e
if [ "$1" = nginx ]; then
    for each in /docker-entrypoint.d/*.sh; do
        if [ -x "$each" ]; then "$each"; fi
    done
fi
exec "$@"
