'use strict';

const http = require('node:http');
const { nanoid } = require('nanoid');
const currencies = require('../../shared/currencies.json');

const server = http.createServer((request, response) => {
  if (request.url === '/order') return response.end(nanoid(12));
  response.end(Object.keys(currencies).join(' '));
});

server.listen(3000);
process.on('SIGTERM', () => process.exit(0));
