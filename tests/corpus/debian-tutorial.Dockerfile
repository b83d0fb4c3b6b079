FROM debian:12

# tools
RUN apt-get update
RUN apt-get install -y curl git
RUN apt-get clean && rm -rf /var/lib/apt/lists/*

WORKDIR /srv
COPY . .
RUN ./configure && make
CMD ["./server"]
