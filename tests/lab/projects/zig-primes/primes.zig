const std = @import("std");

pub fn main() !void {
    var arguments = std.process.args();
    _ = arguments.next();
    const most = try std.fmt.parseInt(u32, arguments.next() orelse "10", 10);
    const out = std.io.getStdOut().writer();
    var number: u32 = 2;
    while (number <= most) : (number += 1) {
        var divisor: u32 = 2;
        const is_prime = while (divisor * divisor <= number) : (divisor += 1) {
            if (number % divisor == 0) break false;
        } else true;
        if (is_prime) try out.print("{d} ", .{number});
    }
    try out.print("\n", .{});
}
