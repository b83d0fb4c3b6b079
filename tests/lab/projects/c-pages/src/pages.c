/* Serves the pages of a folder, one request after the other. */
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PORT 8300

static struct sockaddr_in address_of(unsigned host) {
    struct sockaddr_in address = {0};
    address.sin_family = AF_INET;
    address.sin_port = htons(PORT);
    address.sin_addr.s_addr = htonl(host);
    return address;
}

static int check(void) {
    struct sockaddr_in address = address_of(INADDR_LOOPBACK);
    int peer = socket(AF_INET, SOCK_STREAM, 0);
    return connect(peer, (struct sockaddr *)&address, sizeof address) == 0 ? 0 : 1;
}

static void answer(int peer) {
    char request[2048] = {0}, name[64] = {0}, path[96], page[4096];
    if (read(peer, request, sizeof request - 1) <= 0) return;
    sscanf(request, "GET /%60[a-z]", name);
    snprintf(path, sizeof path, "html/%s.html", name[0] ? name : "index");
    FILE *file = fopen(path, "r");
    size_t size = file ? fread(page, 1, sizeof page, file) : 0;
    dprintf(peer, "HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n",
            file ? "200 OK" : "404 Not Found", size);
    if (file && write(peer, page, size) < 0) perror("write");
    if (file) fclose(file);
}

static void stop(int signal) {
    (void)signal;
    _exit(0);
}

int main(int count, char **words) {
    if (count > 1 && strcmp(words[1], "--check") == 0) return check();
    struct sockaddr_in address = address_of(INADDR_ANY);
    int own = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
    signal(SIGTERM, stop);
    setsockopt(own, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(own, (struct sockaddr *)&address, sizeof address) || listen(own, 16)) return 1;
    for (;;) {
        int peer = accept(own, NULL, NULL);
        if (peer < 0) continue;
        answer(peer);
        close(peer);
    }
}
