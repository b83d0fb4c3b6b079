/* Counts how often it was called for each name. */
#include <sqlite3.h>
#include <stdio.h>

static int check(sqlite3 *database, int code)
{
    if (code != SQLITE_OK && code != SQLITE_DONE && code != SQLITE_ROW) {
        fprintf(stderr, "visits: %s\n", sqlite3_errmsg(database));
        return 0;
    }
    return 1;
}

int main(int count, char **words)
{
    sqlite3 *database;
    sqlite3_stmt *statement;
    if (count < 3) {
        fprintf(stderr, "usage: visits DATABASE NAME...\n");
        return 2;
    }
    if (!check(NULL, sqlite3_open(words[1], &database)))
        return 1;
    const char *schema = "CREATE TABLE IF NOT EXISTS visits (name TEXT PRIMARY KEY, times INTEGER)";
    if (!check(database, sqlite3_exec(database, schema, NULL, NULL, NULL)))
        return 1;
    for (int at = 2; at < count; at++) {
        const char *add = "INSERT INTO visits VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET times = times + 1";
        check(database, sqlite3_prepare_v2(database, add, -1, &statement, NULL));
        sqlite3_bind_text(statement, 1, words[at], -1, SQLITE_STATIC);
        check(database, sqlite3_step(statement));
        sqlite3_finalize(statement);
    }
    check(database, sqlite3_prepare_v2(database, "SELECT name, times FROM visits ORDER BY name", -1, &statement, NULL));
    while (sqlite3_step(statement) == SQLITE_ROW)
        printf("%s %d\n", sqlite3_column_text(statement, 0), sqlite3_column_int(statement, 1));
    sqlite3_finalize(statement);
    sqlite3_close(database);
    return 0;
}
