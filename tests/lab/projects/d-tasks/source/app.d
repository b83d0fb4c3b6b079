module app;

import database;
import std.file : readText;
import std.process : environment;
import std.stdio : writefln, writeln;
import std.string : splitLines, strip;

void main(string[] words)
{
    auto tasks = new Database(environment.get("TASKS_DB", "/var/lib/tasks/tasks.db"));
    scope (exit) tasks.close();
    tasks.run(readText("schema.sql"));
    if (words.length > 1 && words[1] == "import")
        foreach (line; readText(words[2]).splitLines)
            if (line.strip.length)
                tasks.run("INSERT INTO tasks (what) VALUES ('" ~ line.strip ~ "')");
    foreach (row; tasks.query("SELECT id, what FROM tasks ORDER BY id"))
        writefln("%3s  %s", row[0], row[1]);
    writeln("SQLite ", tasks.release);
}
