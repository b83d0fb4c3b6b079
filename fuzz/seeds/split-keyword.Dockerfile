FR\
OM a
RU\
N echo\
 a
  ru\
\
n b
