#!/bin/sh
set -e
php-fpm --daemonize
exec "$@"
