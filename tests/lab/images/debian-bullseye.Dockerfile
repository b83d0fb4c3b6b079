# Stands in for `debian:bullseye`: the same release, put together from its packages.
FROM debian:bookworm AS made
RUN apt-get update && apt-get install -y --no-install-recommends mmdebstrap
RUN mmdebstrap --mode=root --skip=check/canmount --variant=apt bullseye /out http://deb.debian.org/debian \
 && rm -rf /out/var/lib/apt/lists/* /out/var/cache/apt/*.bin /out/var/cache/apt/archives/*.deb

FROM scratch
COPY --from=made /out /
CMD ["bash"]
