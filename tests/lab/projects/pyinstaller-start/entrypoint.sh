#!/bin/bash
set -euo pipefail
export TOWN="${TOWN:-Bergen}"
exec dist/weather/weather "$@"
