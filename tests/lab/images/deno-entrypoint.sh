#!/bin/sh
# Commands of Deno are for Deno.
set -e
case "$1" in
    bundle | cache | check | compile | coverage | doc | eval | fmt | info | install | lint | repl | run | serve | task | test | types | upgrade)
        exec deno "$@" ;;
esac
exec "$@"
