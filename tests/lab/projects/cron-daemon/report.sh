#!/bin/sh
echo "$(date -u +%FT%TZ) $(df -P / | awk 'NR == 2 { print $5 }') used"
