FROM debian:12
RUN <<EOF
set -e
apt-get update
apt-get install -y curl
EOF
RUN touch /a
RUN cat <<'END' > /etc/motd
FROM here on, # this is data
END
COPY <<-INDEX /index.html
	<p>RUN RUN RUN</p>
	INDEX
RUN touch /b
RUN touch /c
