import { createServer } from "node:http";
import { customAlphabet } from "nanoid";

const name = customAlphabet("abcdefghjkmnpqrstuvwxyz", 6);
const links = new Map<string, string>();

const server = createServer((request, response) => {
  const path = (request.url ?? "/").slice(1);
  if (request.method === "POST") {
    let body = "";
    request.on("data", (part) => (body += part));
    request.on("end", () => {
      const short = path || name();
      links.set(short, body.trim());
      response.writeHead(201).end(`${short}\n`);
    });
    return;
  }
  if (path === "") return response.end(`${name().length} letters\n`);
  const link = links.get(path);
  if (!link) return response.writeHead(404).end("no such link\n");
  response.writeHead(302, { location: link }).end();
});

server.listen(Number(process.env.PORT ?? 8420));
process.on("SIGTERM", () => server.close(() => process.exit(0)));
