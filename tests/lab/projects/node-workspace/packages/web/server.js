const fs = require('node:fs');
const http = require('node:http');
const colors = require('picocolors');
const { price } = require('@acme/prices');

http.createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  const found = price(pathname.slice(1), Number(searchParams.get('count') || 1));
  fs.appendFileSync('var/requests.log', `${pathname}\n`);
  console.log(colors.dim(pathname));
  response.statusCode = found === undefined ? 404 : 200;
  response.end(`${found === undefined ? 'not sold' : found}\n`);
}).listen(6060);
