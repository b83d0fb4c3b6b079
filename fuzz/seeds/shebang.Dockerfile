#!/usr/bin/env docker build .
# escape=`
FROM a
RUN x \
  y
