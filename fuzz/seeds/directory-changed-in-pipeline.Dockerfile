FROM debian:12
RUN cd /tmp | touch /a
RUN touch /b; touch /c
RUN cd /srv
RUN touch /d
