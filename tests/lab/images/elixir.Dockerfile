# Stands in for `elixir`: Erlang and Elixir of Debian, found where the official image has them, on the release of Debian that
# it is on. They are older than the name says.
ARG BASE
FROM ${BASE}
RUN apt-get update && apt-get install -y --no-install-recommends elixir \
 && rm -rf /var/lib/apt/lists/* \
 && for it in elixir elixirc epmd erl erlc escript iex mix; do ln -s /usr/bin/$it /usr/local/bin/$it; done \
 && ln -s /usr/lib/erlang /usr/local/lib/erlang
ENV OTP_VERSION=25.2.3 REBAR3_VERSION=3.19.0 ELIXIR_VERSION=v1.14.0 LANG=C.UTF-8
CMD ["iex"]
