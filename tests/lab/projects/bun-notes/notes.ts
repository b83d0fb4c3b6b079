import { Database } from "bun:sqlite";

const database = new Database(process.env.DATABASE);
Bun.serve({
  port: 4000,
  async fetch(request) {
    if (request.method === "POST") database.run("insert into notes values (?)", [await request.text()]);
    return Response.json(database.query("select text from notes").all());
  },
});
