import { find } from "./birds.ts";

Deno.serve({ port: 8000 }, async (request) => {
  const name = new URL(request.url).pathname.slice(1);
  const found = await find(name);
  return found ? Response.json(found) : new Response("unknown bird", { status: 404 });
});
