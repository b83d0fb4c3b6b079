#!/bin/sh
set -e
: "${WORDS_LANGUAGE:=en}"
export WORDS_LANGUAGE
exec "$@"
