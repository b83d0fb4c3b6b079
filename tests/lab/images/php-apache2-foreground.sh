#!/bin/bash
# Starts Apache as the program of the container.
set -e
. "$APACHE_ENVVARS"
mkdir -p "$APACHE_RUN_DIR" "$APACHE_LOCK_DIR"
rm -f "$APACHE_PID_FILE"
exec apache2 -DFOREGROUND "$@"
