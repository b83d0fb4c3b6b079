#!/bin/sh
# Options are for PHP.
set -e
if [ "${1#-}" != "$1" ]; then set -- php "$@"; fi
exec "$@"
