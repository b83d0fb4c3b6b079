const http = require("http");
const ms = require("ms");

const server = http.createServer((request, response) => {
  response.statusCode = ["/", "/up"].includes(request.url) ? 200 : 404;
  response.end(`every ${ms(90000)}\n`);
});
server.listen(3000);
process.on("SIGTERM", () => server.close(() => process.exit(0)));
