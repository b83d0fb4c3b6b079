FROM a
RUN cat <<< "word" && cat <<<EOF
