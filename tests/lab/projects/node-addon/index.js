const http = require('http');
const { count } = require('./native/primes.node');

http.createServer((req, res) => {
  const limit = Number(req.url.slice(1));
  if (!Number.isInteger(limit) || limit < 0) {
    res.statusCode = 400;
    return res.end('how many?\n');
  }
  res.end(`${count(limit)} primes below ${limit}\n`);
}).listen(4000);
