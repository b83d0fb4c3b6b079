FROM ubuntu:24.04 AS base
RUN apt-get update && apt-get install -y curl
FROM base
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get install -y git
USER app
RUN sudo apt-get update && sudo apt-get install -y vim
