FROM debian:12
RUN useradd --system web
WORKDIR /srv/web
COPY conf conf
COPY site site
# Theirs.
RUN chown -R web:web /srv/web \
    && mkdir -p /var/lib/web
VOLUME /var/lib/web
EXPOSE 8080
CMD ["/usr/bin/busybox", "httpd", "-f"]
