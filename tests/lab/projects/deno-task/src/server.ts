import { prices } from "@/prices.ts";

const currency = Deno.env.get("CURRENCY") ?? "USD";

Deno.serve({ port: 9000 }, (request) => {
  const { pathname } = new URL(request.url);
  if (pathname === "/currency") return new Response(currency);
  return Response.json(prices.map((it) => ({ ...it, currency })));
});
