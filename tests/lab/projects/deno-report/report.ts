import { total } from "./lib/total.ts";

const text = await Deno.readTextFile(Deno.args[0]);
console.log(`total: ${total(text.trim().split("\n"))}`);
