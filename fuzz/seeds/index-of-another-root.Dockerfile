FROM alpine:3.20
RUN apk update && apk add git
COPY a b
RUN apk add --root /new bash && tool && apk add curl
