#!/bin/sh
echo "ledger of $(wc -l < /usr/src/ledger/bookings.csv) bookings"
exec "$@"
