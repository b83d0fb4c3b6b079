#!/bin/sh
set -eu
if [ "${1:-}" = "" ]; then
    set -- ./_build/default/bin/weather.exe
fi
echo "weather, $(date +%Z)"
exec "$@"
