#!/bin/sh
set -e
mkdir -p /var/mailbox/new
echo "mailbox in /var/mailbox"
exec java ${JAVA_OPTS:--Xmx64m} -jar /app/mailbox.jar "$@"
