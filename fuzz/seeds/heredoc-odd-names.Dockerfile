FROM a
RUN << EOF cat
x
EOF
RUN cat <<EOF; echo
y
EOF;
RUN cat <<E'O'F>o
z
EOF>o
