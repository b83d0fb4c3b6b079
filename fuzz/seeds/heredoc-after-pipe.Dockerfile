FROM a
RUN echo x | cat - <<EOF | tee y
FROM b
# no comment

USER c \
EOF
USER d
