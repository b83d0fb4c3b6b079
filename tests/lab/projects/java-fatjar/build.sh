#!/bin/sh -eu
# What lib/ holds goes into the archive as well, so that one file is all that is needed.
mkdir -p out
javac -d out $(find lib src -name '*.java')
find src lib -name '*.txt' -exec cp {} out/ \;
jar cfm report.jar MANIFEST.MF -C out .
