import { createServer } from 'node:http';
import stops from './stops.csv';
import { h } from './h.js';

const rows = stops.trim().split('\n').map((line) => line.split(','));

const Table = ({ from }) => (
  <table>
    {rows.filter(([stop]) => stop === from).map(([stop, time, to]) => <tr><td>{time}</td><td>{to}</td></tr>)}
  </table>
);

const server = createServer((request, response) => {
  const from = decodeURIComponent(request.url.slice(1));
  response.setHeader('Content-Type', 'text/html; charset=utf-8');
  response.end(String(<Table from={from} />));
});
server.listen(8080);
process.on('SIGTERM', () => server.close(() => process.exit(0)));
