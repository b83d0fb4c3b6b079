'use strict';

const http = require('node:http');
const semver = require('semver');

http
  .createServer((request, response) => {
    const { searchParams } = new URL(request.url, 'http://localhost');
    const [version, range] = [searchParams.get('version'), searchParams.get('range')];
    response.end(JSON.stringify({ fits: semver.satisfies(version, range) }));
  })
  .listen(3000);

process.on('SIGTERM', () => process.exit(0));
