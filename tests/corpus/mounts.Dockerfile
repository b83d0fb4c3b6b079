FROM debian:12
RUN --mount=type=cache,target=/var/cache/apt --mount=type=cache,target=/var/lib/apt apt-get update && apt-get install -y gcc
RUN --mount=type=cache,target=/root/.cache/pip pip install a
RUN --mount=type=cache,target=/root/.cache/pip pip install b
RUN --mount=type=tmpfs,target=/tmp touch /tmp/a
RUN --mount=type=tmpfs,target=/tmp touch /tmp/b
RUN --network=none touch /a
RUN touch /b
