#!/bin/sh
# Puts the values of the environment into `/etc/nginx/templates/*.template`.
set -e
from=/etc/nginx/templates
to=/etc/nginx/conf.d
[ -d "$from" ] || exit 0
if [ ! -w "$to" ]; then
    echo "$0: $to is not writable" >&2
    exit 0
fi
for each in "$from"/*.template; do
    awk '{
        rest = $0
        line = ""
        while (match(rest, /[$][{][A-Za-z_][A-Za-z0-9_]*[}]/)) {
            name = substr(rest, RSTART + 2, RLENGTH - 3)
            found = substr(rest, RSTART, RLENGTH)
            line = line substr(rest, 1, RSTART - 1) (name in ENVIRON ? ENVIRON[name] : found)
            rest = substr(rest, RSTART + RLENGTH)
        }
        print line rest
    }' "$each" > "$to/$(basename "$each" .template)"
done
