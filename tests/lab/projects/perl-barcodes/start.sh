#!/bin/sh
set -eu
xmllint --noout stock.xml
exec perl "$@"
