#!/bin/bash
set -e
: "${WORKERS:=1}"

if [ "$1" = "serve" ]; then
    python -m compileall -q greet.py
    exec gunicorn --workers "$WORKERS" --bind 0.0.0.0:8080 greet:app
fi
exec "$@"
