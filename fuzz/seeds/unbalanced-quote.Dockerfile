FROM a
RUN echo don't <<EOF
ENV a=b
