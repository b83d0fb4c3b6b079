# syntax=docker/dockerfile:1
# check=skip=JSONArgsRecommended
FROM debian:12
# hadolint ignore=DL3008
RUN apt-get update && apt-get install -y curl
RUN touch /a
RUN touch /b
# jettison ignore=merge-runs: a layer of its own
RUN touch /c
RUN touch /d
# hadolint ignore=DL3009
RUN apt-get update && apt-get install -y git
