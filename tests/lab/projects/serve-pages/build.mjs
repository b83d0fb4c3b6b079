import { marked } from "marked";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";

mkdirSync("out/team", { recursive: true });
for (const name of readdirSync("pages")) {
  const html = marked.parse(readFileSync(`pages/${name}`, "utf8"));
  writeFileSync(`out/${name.replace(".md", ".html")}`, html);
}
writeFileSync("out/team/index.html", "<h1>Team</h1>");
