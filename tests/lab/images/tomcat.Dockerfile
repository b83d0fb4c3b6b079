# Stands in for `tomcat`: Tomcat of Debian below /usr/local/tomcat, as the official image has it, without applications.
ARG BASE
FROM debian:bookworm AS fetched
RUN apt-get update && apt-get install -y --no-install-recommends tomcat10
RUN mkdir -p /out/lib /out/conf /out/webapps /out/logs /out/temp /out/work && chmod 777 /out/logs /out/temp /out/work \
 && cp -rL /usr/share/tomcat10/bin /out/bin && cp -rL /usr/share/tomcat10/lib/. /out/lib/ && cp -rL /etc/tomcat10/. /out/conf/ \
 && cd /out/lib && for it in *-api.jar; do test -e "$it"; done

FROM ${BASE}
ENV CATALINA_HOME=/usr/local/tomcat TOMCAT_MAJOR=10 TOMCAT_VERSION=10.1.0
ENV PATH=/usr/local/tomcat/bin:$PATH
COPY --from=fetched /out /usr/local/tomcat
WORKDIR /usr/local/tomcat
EXPOSE 8080
ENTRYPOINT []
CMD ["catalina.sh", "run"]
