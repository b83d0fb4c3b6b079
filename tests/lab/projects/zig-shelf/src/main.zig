const std = @import("std");
const c = @cImport(@cInclude("sqlite3.h"));

pub fn main() !void {
    var db: ?*c.sqlite3 = null;
    if (c.sqlite3_open_v2("/opt/shelf/shelf.db", &db, c.SQLITE_OPEN_READONLY, null) != c.SQLITE_OK) return error.NoShelf;
    defer _ = c.sqlite3_close(db);
    var row: ?*c.sqlite3_stmt = null;
    if (c.sqlite3_prepare_v2(db, "SELECT title, pages FROM books ORDER BY pages", -1, &row, null) != c.SQLITE_OK) return error.NoBooks;
    defer _ = c.sqlite3_finalize(row);
    const out = std.io.getStdOut().writer();
    while (c.sqlite3_step(row) == c.SQLITE_ROW) {
        try out.print("{d} {s}\n", .{ c.sqlite3_column_int(row, 1), c.sqlite3_column_text(row, 0) });
    }
}
