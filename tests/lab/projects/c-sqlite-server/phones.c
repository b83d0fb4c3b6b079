/* A telephone book: GET /NAME. Every name that was asked for is noted. */
#include <arpa/inet.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static sqlite3 *book;

static int look_up(const char *name, char *number, int size)
{
	sqlite3_stmt *it;
	int found = 0;

	sqlite3_prepare_v2(book, "INSERT INTO lookup VALUES (?)", -1, &it, NULL);
	sqlite3_bind_text(it, 1, name, -1, SQLITE_STATIC);
	if (sqlite3_step(it) != SQLITE_DONE)
		found = -1;
	sqlite3_finalize(it);
	if (found < 0)
		return found;
	sqlite3_prepare_v2(book, "SELECT number FROM phone WHERE name = ?", -1, &it, NULL);
	sqlite3_bind_text(it, 1, name, -1, SQLITE_STATIC);
	if (sqlite3_step(it) == SQLITE_ROW) {
		snprintf(number, size, "%s\n", sqlite3_column_text(it, 0));
		found = 1;
	}
	sqlite3_finalize(it);
	return found;
}

static void serve(int peer)
{
	char request[2048] = "", name[64] = "", number[64] = "nobody\n", reply[256];
	const char *status = "200 OK";

	if (read(peer, request, sizeof request - 1) <= 0 || sscanf(request, "GET /%63[a-z]", name) < 1)
		status = "400 Bad Request";
	else
		switch (look_up(name, number, sizeof number)) {
		case 0: status = "404 Not Found"; break;
		case -1: status = "500 Internal Server Error"; snprintf(number, sizeof number, "%s\n", sqlite3_errmsg(book));
		}
	int length = snprintf(reply, sizeof reply, "HTTP/1.1 %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
	                      status, strlen(number), number);
	write(peer, reply, length);
	close(peer);
}

static void leave(int signal)
{
	sqlite3_close(book);
	_exit(0);
}

int main(int argc, char **argv)
{
	int listener = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};

	signal(SIGTERM, leave);
	signal(SIGPIPE, SIG_IGN);
	if (sqlite3_open(argv[2], &book) != SQLITE_OK)
		return 1;
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 16))
		return 1;
	for (;;)
		serve(accept(listener, NULL, NULL));
}
