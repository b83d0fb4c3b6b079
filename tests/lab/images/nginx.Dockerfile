# Stands in for nginx on Alpine: the sources that Debian has, linked statically, with the layout of the official image.
# The entry point and the templates work as there; TLS and modules of third parties are missing.
FROM debian:trixie-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev libpcre2-dev make zlib1g-dev
WORKDIR /src
RUN for it in "debian trixie" "debian-security trixie-security"; do set -- $it; \
      printf 'Types: deb-src\nURIs: http://deb.debian.org/%s\nSuites: %s\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n\n' $1 $2; \
    done > /etc/apt/sources.list.d/sources.sources \
 && apt-get update && { apt-get source --download-only nginx || true; } \
 && mkdir nginx && tar -xf nginx_*.orig.tar.gz -C nginx --strip-components=1
WORKDIR /src/nginx
RUN ./configure --with-ld-opt=-static \
      --prefix=/etc/nginx --sbin-path=/usr/sbin/nginx --conf-path=/etc/nginx/nginx.conf --pid-path=/run/nginx.pid \
      --lock-path=/run/nginx.lock --error-log-path=/var/log/nginx/error.log --http-log-path=/var/log/nginx/access.log \
      --http-client-body-temp-path=/var/cache/nginx/client_temp --http-proxy-temp-path=/var/cache/nginx/proxy_temp \
      --http-fastcgi-temp-path=/var/cache/nginx/fastcgi_temp --http-uwsgi-temp-path=/var/cache/nginx/uwsgi_temp \
      --http-scgi-temp-path=/var/cache/nginx/scgi_temp --user=nginx --group=nginx --with-threads \
      --with-http_addition_module --with-http_auth_request_module --with-http_gunzip_module --with-http_gzip_static_module \
      --with-http_realip_module --with-http_stub_status_module --with-http_sub_module \
 && make -j2 && make install DESTDIR=/out && strip /out/usr/sbin/nginx \
 && rm -rf /out/etc/nginx/*.default /out/etc/nginx/koi-* /out/etc/nginx/win-utf /out/run \
 && mkdir -p /out/usr/share/nginx /out/etc/nginx/conf.d /out/var/cache/nginx /out/docker-entrypoint.d \
 && mv /out/etc/nginx/html /out/usr/share/nginx/html
COPY nginx.conf /out/etc/nginx/nginx.conf
COPY nginx-default.conf /out/etc/nginx/conf.d/default.conf
COPY --chmod=755 nginx-entrypoint.sh /out/docker-entrypoint.sh
COPY --chmod=755 nginx-templates.sh /out/docker-entrypoint.d/20-envsubst-on-templates.sh

FROM alpine:3 AS official
RUN addgroup -S nginx && adduser -S -D -H -u 101 -h /var/cache/nginx -s /sbin/nologin -G nginx nginx
COPY --from=build /out /
RUN ln -sf /dev/stdout /var/log/nginx/access.log && ln -sf /dev/stderr /var/log/nginx/error.log
ENV NGINX_VERSION=1.26.3 PKG_RELEASE=1 DYNPKG_RELEASE=1
ENTRYPOINT ["/docker-entrypoint.sh"]
EXPOSE 80
STOPSIGNAL SIGQUIT
CMD ["nginx", "-g", "daemon off;"]

FROM alpine:3 AS unprivileged
RUN addgroup -S nginx && adduser -S -D -H -u 101 -h /var/cache/nginx -s /sbin/nologin -G nginx nginx
COPY --from=build /out /
RUN ln -sf /dev/stdout /var/log/nginx/access.log && ln -sf /dev/stderr /var/log/nginx/error.log \
 && sed -i 's/listen 80;/listen 8080;/' /etc/nginx/conf.d/default.conf \
 && sed -i -e '/^user /d' -e 's,/run/nginx.pid,/tmp/nginx.pid,' \
      -e '/^http {/a client_body_temp_path /tmp/client_temp; proxy_temp_path /tmp/proxy_temp; fastcgi_temp_path /tmp/fastcgi_temp; uwsgi_temp_path /tmp/uwsgi_temp; scgi_temp_path /tmp/scgi_temp;' \
      /etc/nginx/nginx.conf \
 && chown -R 101:0 /var/cache/nginx /etc/nginx && chmod -R g+w /var/cache/nginx /etc/nginx
ENV NGINX_VERSION=1.26.3 PKG_RELEASE=1 DYNPKG_RELEASE=1
ENTRYPOINT ["/docker-entrypoint.sh"]
EXPOSE 8080
STOPSIGNAL SIGQUIT
USER 101
CMD ["nginx", "-g", "daemon off;"]

FROM unprivileged AS unprivileged-curl
USER 0
RUN apk add --no-cache curl
USER 101
