FROM alpine:3.20
RUN apk update
RUN apk add curl
RUN apk add --virtual .build-deps gcc musl-dev \
    && gcc -o /hello hello.c \
    && apk del .build-deps
