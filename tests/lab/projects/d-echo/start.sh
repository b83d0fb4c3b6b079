#!/bin/bash
set -euo pipefail

sed "s/@GREETING@/${GREETING:-nothing to say}/" settings.json.in > settings.json
exec /app/build/echod
