FROM a
ONBUILD RUN x
onbuild copy a b
ONBUILD CMD ["a"]
ONBUILD FOO
ONBUILD COPY --nope a b
