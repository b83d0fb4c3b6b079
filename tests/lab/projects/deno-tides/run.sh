#!/bin/sh
export HARBOUR="${HARBOUR:-whitby}"
exec deno run --allow-net --allow-read=. --allow-env=HARBOUR server.ts
