#!/bin/sh
set -e

# allow the container to be started with `--user`
if [ "$1" = 'ledger' ] && [ "$(id -u)" = '0' ]; then
	find . \! -user ledger -exec chown ledger '{}' +
	exec gosu ledger "$0" "$@"
fi

exec "$@"
