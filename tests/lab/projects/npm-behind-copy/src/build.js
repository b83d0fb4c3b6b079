const fs = require("fs");

const dishes = JSON.parse(fs.readFileSync("src/dishes.json", "utf8"));
const rows = dishes.map(({ name, price }) => `<li>${name}: ${price.toFixed(2)}</li>`);

fs.mkdirSync("dist", { recursive: true });
fs.writeFileSync("dist/index.html", `<h1>Menu</h1><ul>${rows.join("")}</ul>\n`);
fs.copyFileSync("src/server.js", "dist/server.js");
