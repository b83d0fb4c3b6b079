'use strict';

const fs = require('node:fs');
const http = require('node:http');
const os = require('node:os');

const server = http.createServer((request, response) => {
  if (request.method === 'POST') fs.appendFileSync('visits.txt', `${request.url}\n`);
  const visits = fs.existsSync('visits.txt') ? fs.readFileSync('visits.txt', 'utf8') : '';
  response.end(`${os.userInfo().username}\n${visits}`);
});

server.listen(8080);
process.on('SIGTERM', () => process.exit(0));
