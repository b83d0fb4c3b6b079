import { readFileSync } from "node:fs";
import Fastify from "fastify";

const links: Record<string, string> = JSON.parse(readFileSync("links.json", "utf8"));
const server = Fastify();

server.get<{ Params: { name: string } }>("/:name", async (request, reply) => {
  const target = links[request.params.name];
  return target ? { target } : reply.code(404).send({ error: "no such link" });
});

process.on("SIGTERM", () => server.close().then(() => process.exit(0)));
await server.listen({ host: "0.0.0.0", port: 3000 });
