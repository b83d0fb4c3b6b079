#!/bin/sh
set -e
export GREETED="$1"
exec /opt/greet/bin/greet eval "Greet.hello()"
