#!/bin/sh
set -e
if [ "$1" = serve ]; then
    bun run schema.ts
    exec bun run notes.ts
fi
exec "$@"
