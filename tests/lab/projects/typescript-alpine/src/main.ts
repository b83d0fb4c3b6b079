import { createServer } from 'node:http';
import { convert } from './rates';

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://localhost');
  if (url.pathname === '/healthz') {
    response.end('ok');
    return;
  }
  const amount = Number(url.searchParams.get('amount'));
  const result = convert(amount, url.searchParams.get('from') ?? '', url.searchParams.get('to') ?? '');
  response.statusCode = result === undefined ? 400 : 200;
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify({ result: result ?? null }));
});

server.listen(4000);
process.on('SIGTERM', () => server.close(() => process.exit(0)));
