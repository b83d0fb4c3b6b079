export async function find(name: string): Promise<unknown> {
  const birds = JSON.parse(await Deno.readTextFile("data/birds.json"));
  return birds[name];
}
