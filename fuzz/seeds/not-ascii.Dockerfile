FROM a
ENV Ä=ö
RUN --mount=target=/ö echo 日本 \
  é
LABEL a=" "
