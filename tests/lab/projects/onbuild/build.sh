#!/bin/sh -eu
docker build -t acme/python-onbuild:3 base
docker build -t acme/tides tides
