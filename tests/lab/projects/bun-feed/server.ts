import Mustache from "mustache";
import { readFileSync } from "node:fs";
import entries from "./entries.json";

const template = readFileSync("templates/feed.xml", "utf8");

Bun.serve({
  port: 8080,
  routes: {
    "/feed": () => new Response(Mustache.render(template, { entries }), { headers: { "content-type": "application/xml" } }),
    "/count": () => Response.json({ entries: entries.length }),
  },
});
