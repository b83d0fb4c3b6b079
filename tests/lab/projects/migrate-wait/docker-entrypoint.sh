#!/bin/sh
set -e

# Another service may have to be up first: WAIT_FOR=host:port
if [ -n "$WAIT_FOR" ]; then
  until nc -z "${WAIT_FOR%:*}" "${WAIT_FOR#*:}"; do
    echo "waiting for $WAIT_FOR"
    sleep 1
  done
fi

sqlite3 "$DATABASE" 'CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY)'
for file in migrations/*.sql; do
  name=$(basename "$file")
  done=$(sqlite3 "$DATABASE" "SELECT count(*) FROM migration WHERE name = '$name'")
  if [ "$done" = 0 ]; then
    echo "migrating: $name"
    sqlite3 "$DATABASE" < "$file"
    sqlite3 "$DATABASE" "INSERT INTO migration VALUES ('$name')"
  fi
done

exec "$@"
