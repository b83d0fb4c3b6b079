FROM e
RUN a
\
RUN x
 \
# c
\
RUN y
