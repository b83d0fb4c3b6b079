const http = require("http");
const ms = require("ms");

// It leaves signals to what starts it.
http.createServer((request, response) => {
  const age = request.url.slice(1) || "1 day";
  response.end(`${age} is ${ms(decodeURIComponent(age))} ms\n`);
}).listen(8000);
