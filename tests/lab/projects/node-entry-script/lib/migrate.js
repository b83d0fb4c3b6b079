const fs = require("fs");
fs.writeFileSync("notes.json", JSON.stringify({ version: 2, notes: ["first"] }));
console.log("migrated");
