FROM debian:12
RUN apt-get update
# certificates
RUN apt-get install -y ca-certificates

RUN touch /ready