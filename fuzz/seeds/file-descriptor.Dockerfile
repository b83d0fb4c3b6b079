FROM a
RUN cat 3<<'X' <&3
$HOME
X
RUN done
