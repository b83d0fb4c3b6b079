#!/bin/sh
# What cron would do, without cron.
trap 'exit 0' TERM
cd "$STATE"
while true; do
	for job in /etc/jobs/*.sh; do
		sh "$job" >> "$(basename "$job" .sh).log" 2>&1
	done
	sleep "$INTERVAL" &
	wait $!
done
