FROM a
CMD ["a", ]
ENTRYPOINT ['a']
RUN ["a", "b]
VOLUME [ /a ]
COPY [a b] c
