const std = @import("std");

pub fn main() !void {
    var arguments = std.process.args();
    _ = arguments.next();
    const port = try std.fmt.parseInt(u16, arguments.next() orelse return error.NoPort, 10);
    const path = arguments.next() orelse return error.NoFile;
    var buffer: [4096]u8 = undefined;
    const text = try std.fs.cwd().readFile(path, &buffer);
    const address = try std.net.Address.parseIp("0.0.0.0", port);
    var server = try address.listen(.{ .reuse_address = true });
    while (true) {
        const connection = try server.accept();
        defer connection.stream.close();
        var request: [2048]u8 = undefined;
        _ = connection.stream.read(&request) catch continue;
        connection.stream.writer().print("HTTP/1.1 200 OK\r\nContent-Length: {d}\r\nConnection: close\r\n\r\n{s}", .{ text.len, text }) catch continue;
    }
}
