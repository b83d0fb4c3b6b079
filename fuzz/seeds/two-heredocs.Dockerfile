FROM a
RUN cat <<A - <<"B"
a $x
A
b
B
COPY <<one <<'two' /x/
1
one
2
two
