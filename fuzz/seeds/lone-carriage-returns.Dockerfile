FROM a
RUN xy \
  z