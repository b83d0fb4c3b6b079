# Stands in for `php`: PHP of Debian with the folders, the settings and the scripts of the official image. The one that
# builds extensions takes them out of Debian's packages, compiled with the same libraries.
FROM debian:trixie-slim AS cli
ENV PHPIZE_DEPS="autoconf dpkg-dev file g++ gcc libc-dev make pkg-config re2c"
RUN apt-get update && apt-get install -y --no-install-recommends \
      $PHPIZE_DEPS ca-certificates curl php8.4-cli php8.4-curl php8.4-dev php8.4-mbstring php8.4-sqlite3 php8.4-xml xz-utils \
 && rm -rf /var/lib/apt/lists/*
COPY --chmod=755 php-ext-install.sh /usr/local/bin/docker-php-ext-install
COPY --chmod=755 php-ext-enable.sh /usr/local/bin/docker-php-ext-enable
COPY --chmod=755 php-entrypoint.sh /usr/local/bin/docker-php-entrypoint
COPY --chmod=755 php-layout.sh /usr/local/share/layout.sh
RUN /usr/local/share/layout.sh cli && ln -s /usr/bin/php /usr/bin/phpize /usr/bin/php-config /usr/local/bin
ENV PHP_INI_DIR=/usr/local/etc/php PHP_VERSION=8.4
ENTRYPOINT ["docker-php-entrypoint"]
CMD ["php", "-a"]

FROM cli AS apache
RUN apt-get update && apt-get install -y --no-install-recommends apache2 libapache2-mod-php8.4 && rm -rf /var/lib/apt/lists/* \
 && /usr/local/share/layout.sh apache2 && rm -rf /var/www/html && mkdir -p /var/www/html && chmod 1777 /var/www/html \
 && ln -sfT /dev/stderr /var/log/apache2/error.log && ln -sfT /dev/stdout /var/log/apache2/access.log \
 && ln -sfT /dev/stdout /var/log/apache2/other_vhosts_access.log
COPY --chmod=755 php-apache2-foreground.sh /usr/local/bin/apache2-foreground
COPY php-apache.conf /etc/apache2/conf-available/docker-php.conf
RUN a2enconf docker-php
ENV APACHE_CONFDIR=/etc/apache2 APACHE_ENVVARS=/etc/apache2/envvars
STOPSIGNAL SIGWINCH
WORKDIR /var/www/html
EXPOSE 80
CMD ["apache2-foreground"]

FROM cli AS fpm
RUN apt-get update && apt-get install -y --no-install-recommends php8.4-fpm && rm -rf /var/lib/apt/lists/* \
 && /usr/local/share/layout.sh fpm && ln -s /usr/sbin/php-fpm8.4 /usr/local/sbin/php-fpm && mkdir -p /var/www/html && chmod 1777 /var/www/html
COPY php-fpm.conf /usr/local/etc/php-fpm.conf
COPY php-fpm-www.conf /usr/local/etc/php-fpm.d/www.conf
COPY php-fpm-docker.conf /usr/local/etc/php-fpm.d/zz-docker.conf
RUN ln -sf /usr/local/etc/php-fpm.conf /etc/php/8.4/fpm/php-fpm.conf
STOPSIGNAL SIGQUIT
WORKDIR /var/www/html
EXPOSE 9000
CMD ["php-fpm"]
