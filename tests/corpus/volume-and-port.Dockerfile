FROM golang:1.24 AS build
WORKDIR /src
COPY . .
RUN CGO_ENABLED=0 go build -o /out/shop ./cmd/shop

FROM debian:12-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates
COPY --from=build /out/shop /usr/local/bin/
EXPOSE 8443
VOLUME ["/var/lib/shop"]
# The shop itself.
ENTRYPOINT ["shop", "--state", "/var/lib/shop"]

FROM scratch AS tiny
COPY --from=build /out/shop /shop
EXPOSE 443
ENTRYPOINT ["/shop"]
