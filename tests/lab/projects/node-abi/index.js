const http = require("http");
const { adler } = require("bindings")("adler");

const server = http.createServer((request, response) => {
  const text = decodeURIComponent(request.url.slice(1));
  response.end(`${adler(text).toString(16)} ABI ${process.versions.modules}\n`);
});
server.listen(3000);
process.on("SIGTERM", () => server.close(() => process.exit(0)));
