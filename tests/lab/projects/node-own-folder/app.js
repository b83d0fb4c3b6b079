const connect = require("connect");
const fs = require("fs");

// Kept beside the program: the folder has to be writable.
const FILE = "visitors.txt";

const app = connect();
app.use("/visit", (_, response) => {
  fs.appendFileSync(FILE, "x");
  response.end(`visitor ${fs.statSync(FILE).size}\n`);
});
app.use("/", (_, response) => response.end(`running as ${process.getuid()}\n`));
app.listen(8080);
process.on("SIGTERM", () => process.exit(0));
