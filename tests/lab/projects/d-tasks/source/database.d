module database;

import std.conv : to;
import std.exception : enforce;
import std.string : fromStringz, toStringz;

private extern (C) nothrow @nogc
{
    struct sqlite3;
    struct sqlite3_stmt;
    int sqlite3_open(const char*, sqlite3**);
    int sqlite3_close(sqlite3*);
    int sqlite3_exec(sqlite3*, const char*, void*, void*, char**);
    int sqlite3_prepare_v2(sqlite3*, const char*, int, sqlite3_stmt**, const char**);
    int sqlite3_step(sqlite3_stmt*);
    int sqlite3_column_count(sqlite3_stmt*);
    const(char)* sqlite3_column_text(sqlite3_stmt*, int);
    int sqlite3_finalize(sqlite3_stmt*);
    const(char)* sqlite3_errmsg(sqlite3*);
    const(char)* sqlite3_libversion();
}

private enum SQLITE_ROW = 100;

final class Database
{
    private sqlite3* handle;

    this(string path)
    {
        check(sqlite3_open(path.toStringz, &handle));
    }

    void close()
    {
        sqlite3_close(handle);
    }

    string release() const
    {
        return sqlite3_libversion().fromStringz[0 .. 1].idup;
    }

    void run(string sql)
    {
        check(sqlite3_exec(handle, sql.toStringz, null, null, null));
    }

    string[][] query(string sql)
    {
        sqlite3_stmt* statement;
        check(sqlite3_prepare_v2(handle, sql.toStringz, -1, &statement, null));
        scope (exit) sqlite3_finalize(statement);
        string[][] rows;
        while (sqlite3_step(statement) == SQLITE_ROW)
        {
            string[] row;
            foreach (column; 0 .. sqlite3_column_count(statement))
                row ~= sqlite3_column_text(statement, column).fromStringz.idup;
            rows ~= row;
        }
        return rows;
    }

    private void check(int code)
    {
        enforce(code == 0, sqlite3_errmsg(handle).fromStringz.idup);
    }
}
