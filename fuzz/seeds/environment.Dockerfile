FROM a
ENV A= B="" C='c d' D=e\ f
ENV OLD  value "with" = all
ENV q="a \" b" r=\
x
LABEL a.b="c" 'd e'=f
LABEL old style
