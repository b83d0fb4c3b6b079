//! Counts the lines and words of files.
const std = @import("std");

const Counts = struct { lines: usize = 0, words: usize = 0 };

fn count(text: []const u8) Counts {
    var counts = Counts{};
    var words = std.mem.tokenizeAny(u8, text, " \t\n");
    while (words.next()) |_| counts.words += 1;
    counts.lines = std.mem.count(u8, text, "\n");
    return counts;
}

pub fn main() !void {
    var arena = std.heap.ArenaAllocator.init(std.heap.page_allocator);
    defer arena.deinit();
    const allocator = arena.allocator();
    const out = std.io.getStdOut().writer();
    const arguments = try std.process.argsAlloc(allocator);
    for (arguments[1..]) |path| {
        const text = try std.fs.cwd().readFileAlloc(allocator, path, 1 << 20);
        const counts = count(text);
        try out.print("{d} {d} {s}\n", .{ counts.lines, counts.words, path });
    }
}

test "words and lines" {
    const counts = count("one two\nthree\n");
    try std.testing.expectEqual(Counts{ .lines = 2, .words = 3 }, counts);
}
