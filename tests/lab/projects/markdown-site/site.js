'use strict';

const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');

// Each Markdown file here is a page.
const pages = new Map();
for (const name of fs.readdirSync(__dirname)) {
  if (path.extname(name) === '.md') pages.set(`/${path.parse(name).name.toLowerCase()}`, fs.readFileSync(name, 'utf8'));
}

http
  .createServer((request, response) => {
    response.statusCode = pages.has(request.url) ? 200 : 404;
    response.end(pages.get(request.url) ?? 'no such page');
  })
  .listen(8080);

process.on('SIGTERM', () => process.exit(0));
