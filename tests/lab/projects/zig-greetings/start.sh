#!/bin/sh
: "${PORT:=7700}"
echo "listening on $PORT"
exec ./hello "$PORT" greetings.txt
