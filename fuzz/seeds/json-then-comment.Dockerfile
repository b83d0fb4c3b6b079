FROM a
CMD ["a"] # c
VOLUME ["/a"] x
RUN [1] || true
