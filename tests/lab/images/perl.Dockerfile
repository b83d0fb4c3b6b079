# Stands in for `perl`: Perl of Debian, found where the official image has it, which keeps modules below /usr/local/lib/perl5.
ARG BASE
FROM ${BASE}
RUN apt-get update && apt-get install -y --no-install-recommends cpanminus make perl && rm -rf /var/lib/apt/lists/* \
 && for it in cpan cpanm perl perldoc prove; do ln -s /usr/bin/$it /usr/local/bin/$it; done \
 && version=$(perl -e 'printf "%vd", $^V') && site=/usr/local/lib/perl5/site_perl/$version \
 && mkdir -p $site/x86_64-linux-gnu /usr/local/share/perl /usr/local/lib/x86_64-linux-gnu/perl \
 && ln -s $site /usr/local/share/perl/$version \
 && ln -s $site/x86_64-linux-gnu /usr/local/lib/x86_64-linux-gnu/perl/$version
WORKDIR /usr/src/app
CMD ["perl", "-de0"]
