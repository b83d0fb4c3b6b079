# Stands in for `denoland/deno`: its own program out of the npm registry, with the layout of its images.
FROM node:22-slim AS fetched
WORKDIR /fetched
RUN npm pack --silent @deno/linux-x64-glibc@2.5.6 && tar -xzf deno-linux-*.tgz --strip-components=1 && install deno /deno
RUN apt-get update && apt-get install -y --no-install-recommends tini

FROM debian:stable-slim AS debian
RUN useradd --uid 1993 --user-group deno && mkdir /deno-dir/ && chown deno:deno /deno-dir/
ENV DENO_USE_CGROUPS=1 DENO_DIR=/deno-dir/ DENO_INSTALL_ROOT=/usr/local DENO_VERSION=2.5.6
COPY --from=fetched /deno /usr/bin/deno
COPY --from=fetched /usr/bin/tini-static /tini
COPY --chmod=755 deno-entrypoint.sh /usr/local/bin/docker-entrypoint.sh
ENTRYPOINT ["/tini", "--", "docker-entrypoint.sh"]
CMD ["eval", "console.log('Welcome to Deno!')"]

FROM gcr.io/distroless/cc AS distroless
ENV DENO_USE_CGROUPS=1 DENO_DIR=/deno-dir/ DENO_INSTALL_ROOT=/usr/local DENO_VERSION=2.5.6
COPY --from=fetched /deno /bin/deno
COPY --from=fetched /usr/bin/tini-static /tini
ENTRYPOINT ["/tini", "--", "/bin/deno"]
CMD ["eval", "console.log('Welcome to Deno!')"]
