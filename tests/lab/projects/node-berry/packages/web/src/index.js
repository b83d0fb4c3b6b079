const http = require("http");
const { after } = require("@repo/dates");

const server = http.createServer((request, response) => {
  const [day, count] = request.url.slice(1).split("/");
  response.end(after(day, Number(count)) + "\n");
});
server.listen(4000);
process.on("SIGTERM", () => server.close(() => process.exit(0)));
