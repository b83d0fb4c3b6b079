module echo.server;

import std.conv : to;
import std.json : JSONValue, parseJSON;
import std.regex : ctRegex, matchFirst;
import std.socket;
import std.stdio : stdout, writeln;
import std.uri : decodeComponent;

enum REQUEST = ctRegex!(`^(GET|HEAD) /(?:say/([^ ?]*))?[^ ]* HTTP`);

void serve(ushort port, JSONValue settings)
{
    auto listener = new TcpSocket();
    listener.setOption(SocketOptionLevel.SOCKET, SocketOption.REUSEADDR, true);
    listener.bind(new InternetAddress("0.0.0.0", port));
    listener.listen(16);
    writeln("listening at ", port);
    stdout.flush();
    for (;;)
    {
        auto client = listener.accept();
        scope (exit) client.close();
        char[4096] buffer;
        immutable count = client.receive(buffer);
        if (count > 0)
            client.send(answer(buffer[0 .. count], settings));
    }
}

string answer(const(char)[] request, JSONValue settings)
{
    auto found = request.matchFirst(REQUEST);
    if (found.empty)
        return "HTTP/1.0 405 Method Not Allowed\r\n\r\n";
    immutable said = found[2].length ? decodeComponent(found[2].idup) : settings["greeting"].str;
    return "HTTP/1.0 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" ~ said ~ "\n";
}
