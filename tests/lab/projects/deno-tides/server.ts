import tides from "./tides.json" with { type: "json" };

const harbour = Deno.env.get("HARBOUR") ?? "";
Deno.addSignalListener("SIGTERM", () => Deno.exit(0));
Deno.serve({ port: 8000 }, () => new Response(`${harbour}: ${(tides as Record<string, string[]>)[harbour]?.join(" ")}\n`));
