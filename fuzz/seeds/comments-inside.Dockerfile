FROM a
RUN a \
# one

   # two
  && b \

  && c # three
CMD d
