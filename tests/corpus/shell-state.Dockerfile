FROM debian:12
RUN cd /tmp && touch a
RUN export A=1 && touch b
RUN umask 077 && touch c
RUN touch d
RUN set -e; touch e
RUN touch f
