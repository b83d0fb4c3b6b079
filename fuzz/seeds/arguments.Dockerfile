ARG a b=c d= "e=f g" h='i j'
FROM ${a:-x}:${b}
ARG TARGETARCH
