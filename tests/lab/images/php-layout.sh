#!/bin/sh
# Where PHP of Debian looks for settings and extensions of a server stand those of the official image: one set for all.
set -e
server=$1
own=/etc/php/8.4/$server
settings=/usr/local/etc/php
mkdir -p $settings/conf.d
cp -Pn "$own"/conf.d/* $settings/conf.d/ 2>/dev/null || true
for each in $settings/conf.d/*.ini; do
    if [ -L "$each" ]; then cp --remove-destination "$(readlink -f "$each")" "$each"; fi
done
# The official image has not got these, but can compile them.
for each in calendar exif ffi gettext shmop sockets sysvmsg sysvsem sysvshm; do
    rm -f $settings/conf.d/??-$each.ini "$(php-config --extension-dir)/$each.so"
done
rm -rf "$own/conf.d" "$own/php.ini"
ln -s $settings/conf.d "$own/conf.d"
ln -s $settings/php.ini "$own/php.ini"
cp /usr/lib/php/8.4/php.ini-* $settings/
extensions=$(php-config --extension-dir)
if [ ! -L "$extensions" ]; then
    to=/usr/local/lib/php/extensions/no-debug-non-zts-$(basename "$extensions")
    mkdir -p "$(dirname "$to")"
    mv "$extensions" "$to"
    ln -s "$to" "$extensions"
fi
