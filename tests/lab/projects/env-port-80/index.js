'use strict';

const http = require('node:http');

http.createServer((request, response) => response.end(`${request.method} ${request.url}\n`)).listen(process.env.PORT);
process.on('SIGTERM', () => process.exit(0));
