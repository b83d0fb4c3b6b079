# Stands in for `oven/bun`: its own program out of the npm registry, with the layout of its images.
FROM node:22-slim AS fetched
WORKDIR /fetched
RUN npm pack --silent @oven/bun-linux-x64-baseline@1.3 && tar -xzf oven-bun-*.tgz --strip-components=1 \
 && install -D bin/bun /bun/usr/local/bin/bun && ln -s bun /bun/usr/local/bin/bunx \
 && mkdir /bun/usr/local/bun-node-fallback-bin && ln -s /usr/local/bin/bun /bun/usr/local/bun-node-fallback-bin/node

FROM debian:bookworm AS debian
COPY --from=fetched /bun /
COPY --chmod=755 bun-entrypoint.sh /usr/local/bin/docker-entrypoint.sh
RUN groupadd bun --gid 1000 && useradd bun --uid 1000 --gid bun --shell /bin/sh --create-home
ENV BUN_RUNTIME_TRANSPILER_CACHE_PATH=0 BUN_INSTALL_BIN=/usr/local/bin PATH="${PATH}:/usr/local/bun-node-fallback-bin"
WORKDIR /home/bun/app
ENTRYPOINT ["/usr/local/bin/docker-entrypoint.sh"]
CMD ["/usr/local/bin/bun"]

FROM debian:bookworm-slim AS slim
COPY --from=fetched /bun /
COPY --chmod=755 bun-entrypoint.sh /usr/local/bin/docker-entrypoint.sh
RUN groupadd bun --gid 1000 && useradd bun --uid 1000 --gid bun --shell /bin/sh --create-home
ENV BUN_RUNTIME_TRANSPILER_CACHE_PATH=0 BUN_INSTALL_BIN=/usr/local/bin PATH="${PATH}:/usr/local/bun-node-fallback-bin"
WORKDIR /home/bun/app
ENTRYPOINT ["/usr/local/bin/docker-entrypoint.sh"]
CMD ["/usr/local/bin/bun"]

FROM gcr.io/distroless/base-nossl-debian12 AS distroless
COPY --from=fetched /bun /
ENV BUN_RUNTIME_TRANSPILER_CACHE_PATH=0 BUN_INSTALL_BIN=/usr/local/bin PATH="${PATH}:/usr/local/bun-node-fallback-bin"
ENTRYPOINT ["/usr/local/bin/bun"]
