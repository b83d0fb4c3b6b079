FROM debian
RUN pip -- install flask
RUN pip install -- flask
