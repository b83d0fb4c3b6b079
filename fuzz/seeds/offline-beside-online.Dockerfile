FROM alpine:3.20
RUN apk add curl
RUN
RUN apk add --offline git && apk add bash
