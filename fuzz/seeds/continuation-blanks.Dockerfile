FROM a
RUN x \ 	
  && y \\
RUN z \
RUN w
