#!/bin/sh
set -e
export PORT=8320
exec ./bin/notes
