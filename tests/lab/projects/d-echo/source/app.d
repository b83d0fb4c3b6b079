import echo.server : serve;
import std.conv : to;
import std.file : readText;
import std.json : parseJSON;
import std.process : environment;

void main()
{
    auto settings = parseJSON(readText("settings.json"));
    serve(environment.get("PORT", "4000").to!ushort, settings);
}
