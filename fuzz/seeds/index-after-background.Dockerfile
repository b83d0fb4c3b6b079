FROM alpine:3.20
RUN touch /a & apk update && apk add curl && touch /b
