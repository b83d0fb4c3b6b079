'use strict';

const fs = require('node:fs');
const http = require('node:http');

let count = 0;

http
  .createServer((request, response) => {
    count += 1;
    fs.writeFileSync('count.txt', String(count));
    response.end(`${fs.readFileSync('version.txt', 'utf8').trim()} ${fs.readFileSync('count.txt', 'utf8')}\n`);
  })
  .listen(8080);

process.on('SIGTERM', () => process.exit(0));
