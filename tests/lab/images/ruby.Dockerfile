# Stands in for `ruby`: Ruby of Debian, found where the official image has it, with its folders for gems and settings.
ARG BASE
FROM ${BASE}
RUN apt-get update && apt-get install -y --no-install-recommends \
      bundler ca-certificates libgmp-dev ruby ruby-dev tzdata && rm -rf /var/lib/apt/lists/* \
 && for it in bundle bundler erb gem irb racc rake rdoc ri ruby; do \
      if [ -e /usr/bin/$it ]; then ln -s /usr/bin/$it /usr/local/bin/$it; fi; done \
 && mkdir -p /usr/local/bundle && chmod 1777 /usr/local/bundle
ENV LANG=C.UTF-8 RUBY_VERSION=3.3.8 GEM_HOME=/usr/local/bundle BUNDLE_SILENCE_ROOT_WARNING=1 \
    BUNDLE_APP_CONFIG=/usr/local/bundle PATH=/usr/local/bundle/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
CMD ["irb"]
