const express = require("express");
const fs = require("fs");
const mustache = require("mustache-express");

const towns = JSON.parse(fs.readFileSync("towns.json", "utf8"));
const app = express();
app.engine("html", mustache());
app.set("view engine", "html");
app.set("views", "./views");

app.get("/", (_, response) => response.send("ask for a town\n"));
app.get("/:town", (request, response) => {
  const zone = towns[request.params.town];
  if (!zone) return response.status(404).send("no such town\n");
  const noon = new Date("2026-01-01T12:00:00Z");
  const hour = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit" }).format(noon);
  response.render("clock", { greeting: process.env.GREETING, town: request.params.town, hour });
});
app.listen(3000, () => console.log(`clock on Node.js ${process.version}`));
