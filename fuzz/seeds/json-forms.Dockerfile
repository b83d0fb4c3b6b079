FROM a
ENTRYPOINT []
CMD [ "a\tb" , "\u00e9\ud83d\ude00\ud800" ]
SHELL ["/bin/sh", \
  "-c"]
COPY ["a b", "c", "/d/"]
VOLUME ["/a"]
HEALTHCHECK CMD ["x", "y"]
