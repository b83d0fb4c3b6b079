#!/bin/sh
# Turns extensions on that have been compiled.
set -e
for each in "$@"; do
    kind=extension
    if [ "$each" = opcache ] || [ "$each" = xdebug ]; then kind=zend_extension; fi
    echo "$kind=$each.so" > "/usr/local/etc/php/conf.d/docker-php-ext-$each.ini"
done
