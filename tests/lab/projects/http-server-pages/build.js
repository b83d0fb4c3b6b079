const fs = require("fs");

fs.mkdirSync("public/feed", { recursive: true });
for (const name of fs.readdirSync("posts")) {
  const text = fs.readFileSync(`posts/${name}`, "utf8");
  fs.writeFileSync(`public/${name.replace(".txt", ".html")}`, `<p>${text}</p>`);
}
fs.writeFileSync("public/index.html", "<h1>Blog</h1>");
fs.writeFileSync("public/feed/index.html", "<h1>Feed</h1>");
