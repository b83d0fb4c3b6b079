#!/bin/sh
set -e

if [ "$MIGRATE" != "no" ]; then
  npm run --silent migrate
fi

exec "$@"
