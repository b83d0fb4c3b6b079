#!/bin/bash
set -e
for template in /etc/nginx/templates/*.tmpl; do
    envsubst '${LISTEN} ${UPSTREAM_NAME}' < "$template" > "/etc/nginx/conf.d/$(basename "$template" .tmpl)"
done
echo "configured" > /www/state.txt
exec "$@"
