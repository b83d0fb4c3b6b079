/* Says which line of a list of words stands at a number. The lists are read while it runs. */
#include <microhttpd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void word_at(int wanted, char *into, size_t size) {
    const char *language = getenv("WORDS_LANGUAGE");
    char path[128];
    snprintf(path, sizeof path, "lists/%s.txt", language ? language : "en");
    FILE *list = fopen(path, "r");
    snprintf(into, size, "no word\n");
    if (!list) return;
    for (int at = 0; fgets(into, (int) size, list); at++)
        if (at == wanted) break;
    fclose(list);
}

static enum MHD_Result answer(void *own, struct MHD_Connection *peer, const char *url, const char *method,
                              const char *version, const char *data, size_t *size, void **state) {
    (void) own; (void) method; (void) version; (void) data; (void) size; (void) state;
    char word[80];
    word_at(atoi(url + 1), word, sizeof word);
    struct MHD_Response *response = MHD_create_response_from_buffer(strlen(word), word, MHD_RESPMEM_MUST_COPY);
    enum MHD_Result result = MHD_queue_response(peer, MHD_HTTP_OK, response);
    MHD_destroy_response(response);
    return result;
}

static void end(int number) {
    (void) number;
    _exit(0);
}

int main(int count, char **words) {
    signal(SIGTERM, end);
    unsigned short port = (unsigned short) (count > 1 ? atoi(words[1]) : 8200);
    struct MHD_Daemon *daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, port, NULL, NULL, &answer, NULL, MHD_OPTION_END);
    if (!daemon) return 1;
    for (;;) pause();
}
