FROM --platform=$BUILDPLATFORM a AS B
FROM b as c
RUN --mount=type=cache,target=/x --mount=type=secret,id=y --network=none --security=insecure x --flag
COPY --from=B --chown="a b:c" --chmod=7\55 --link --parents=false --exclude=x --exclude=y a b
ADD --checksum=sha256:1 --keep-git-dir --unpack=TRUE a b
RUN -- --x
HEALTHCHECK --interval=1m30s --timeout=0 --retries=3 CMD x || y
HEALTHCHECK --x NONE
