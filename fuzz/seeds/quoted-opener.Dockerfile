FROM a
RUN echo "<<EOF" '<<EOF' \<<EOF
