const fs = require("fs");
const { marked } = require("marked");

fs.mkdirSync("public/recipes", { recursive: true });
for (const name of fs.readdirSync("recipes")) {
  const page = marked.parse(fs.readFileSync(`recipes/${name}`, "utf8"), { mangle: false, headerIds: false });
  fs.writeFileSync(`public/recipes/${name.replace(/md$/, "html")}`, `<!doctype html>${page}`);
}
fs.copyFileSync("index.html", "public/index.html");
