#!/bin/sh
set -e
echo "window.API = '${API_URL:-/api}';" > dist/env.js
exec "$@"
