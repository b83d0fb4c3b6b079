FROM ubuntu:24.04
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
RUN apt-get update && apt-get install -y --no-install-recommends wget
RUN wget -O - https://example.com/a.tar.gz | tar -xz
RUN [[ -f /a ]] && cp /a /b
SHELL ["/bin/bash", "-eux", "-c"]
RUN touch c; touch d
RUN touch e && touch f
RUN touch g
