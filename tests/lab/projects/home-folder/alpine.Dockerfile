FROM alpine:3.23
COPY alpine/ /usr/local/bin/
EXPOSE 8081
CMD ["serve"]
