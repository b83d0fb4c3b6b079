FROM debian:12
RUN test -f /a || touch /a
RUN touch /b; touch /c;
RUN ! test -f /d
RUN if [ -f /e ]; then touch /f; fi
RUN (cd /tmp; touch g)
RUN touch /h | tee /i
RUN touch /j # the last one
