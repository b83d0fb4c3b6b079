# Syntax = docker/dockerfile:1.7 
#check=skip=all;error=true
# escape=\
# note=no directive
FROM a
