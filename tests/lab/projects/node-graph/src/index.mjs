import { createServer } from "node:http";
import { spawnSync } from "node:child_process";
import { nanoid } from "nanoid";

createServer((request, response) => {
  if (request.url !== "/graph") return response.end(`an id has ${nanoid().length} letters\n`);
  const drawn = spawnSync("dot", ["-Tplain"], { input: "digraph { a -> b }" });
  response.statusCode = drawn.error ? 500 : 200;
  response.end(drawn.error ? String(drawn.error) : drawn.stdout);
}).listen(process.env.PORT);
