# syntax=docker/dockerfile:1
# escape=`
FROM debian:12
RUN apt-get update `
    && apt-get install -y curl
RUN touch /ready
