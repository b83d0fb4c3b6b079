import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import ms from 'ms';

interface Task {
  title: string;
  every: ms.StringValue;
}

const tasks: Task[] = [];
const page = path.join(__dirname, '..', 'public', 'index.html');

createServer(async (request, response) => {
  if (request.method === 'POST' && request.url === '/tasks') {
    let text = '';
    for await (const part of request) text += part;
    tasks.push(JSON.parse(text));
    response.writeHead(201).end();
  } else if (request.url === '/tasks') {
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify(tasks.map((it) => ({ title: it.title, seconds: ms(it.every) / 1000 }))));
  } else if (request.url === '/') {
    response.setHeader('Content-Type', 'text/html');
    response.end(await readFile(page));
  } else {
    response.writeHead(404).end('no such page');
  }
}).listen(3000);
