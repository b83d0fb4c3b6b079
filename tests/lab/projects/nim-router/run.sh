#!/bin/sh
# The port may come from the platform.
PORT="${PORT:-8360}"
export PORT
rules=/etc/router/default.conf
[ -f /etc/router/local.conf ] && rules=/etc/router/local.conf
exec router "$rules"
