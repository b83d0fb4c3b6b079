FROM alpine:3.20
RUN apk update && apk add bash curl
RUN cd /tmp && curl -fsSLO https://example.com/tool.tar.gz
RUN tar -xzf /tmp/tool.tar.gz -C /usr/local && \
    rm /tmp/tool.tar.gz
ENTRYPOINT ["tool"]
