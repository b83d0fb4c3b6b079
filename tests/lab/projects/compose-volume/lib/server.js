'use strict';
const http = require('node:http');
const scores = require('./scores');

const server = http.createServer(async (request, response) => {
  if (request.method !== 'POST') return response.end(scores.all());
  let body = '';
  for await (const piece of request) body += piece;
  scores.add(body);
  response.statusCode = 201;
  return response.end('noted');
});
process.on('SIGTERM', () => process.exit(0));
server.listen(3000);
