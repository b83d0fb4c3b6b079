import { readFile } from "node:fs/promises";

export const dynamic = "force-dynamic";

export async function GET(request) {
  const prices = JSON.parse(await readFile("data/prices.json", "utf8"));
  return Response.json({ price: prices[new URL(request.url).searchParams.get("of")] ?? null });
}
