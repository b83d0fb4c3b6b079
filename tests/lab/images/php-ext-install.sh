#!/bin/sh
# Puts extensions of Debian's PHP where those are that were compiled, and turns them on.
set -e
to=$(php-config --extension-dir)
folder=$(mktemp -d)
cd "$folder"
apt-get update -qq
for each in "$@"; do
    case $each in
        -*) continue ;;
        pdo_pgsql) package=pgsql ;;
        mysqli | pdo_mysql) package=mysql ;;
        calendar | exif | gettext | sockets) package=common ;;
        *) package=$each ;;
    esac
    apt-get download -qq "php8.4-$package"
    dpkg-deb -x php8.4-"$package"_*.deb .
    cp usr/lib/php/20*/"$each.so" "$to/"
    docker-php-ext-enable "$each"
done
cd /
rm -rf "$folder" /var/lib/apt/lists/*
