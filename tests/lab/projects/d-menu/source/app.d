import std.conv : to;
import std.file : readText;
import std.socket;
import std.stdio;
import std.string : lineSplitter, split, startsWith;
import std.zlib : crc32;

void main()
{
    string[] dishes;
    foreach (line; readText("dishes.txt").lineSplitter)
        dishes ~= line;
    auto listener = new TcpSocket();
    listener.setOption(SocketOptionLevel.SOCKET, SocketOption.REUSEADDR, true);
    listener.bind(new InternetAddress("0.0.0.0", 8330));
    listener.listen(16);
    writeln(dishes.length, " dishes");
    stdout.flush();
    while (true)
    {
        auto client = listener.accept();
        char[2048] buffer;
        immutable got = client.receive(buffer);
        auto words = got > 0 ? buffer[0 .. got].split(" ") : [];
        string text;
        foreach (index, dish; dishes)
            text ~= index.to!string ~ " " ~ dish ~ " " ~ crc32(0, dish).to!string ~ "\n";
        if (words.length > 1 && words[1].startsWith("/one"))
            text = dishes[0] ~ "\n";
        client.send("HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n" ~ text);
        client.close();
    }
}
