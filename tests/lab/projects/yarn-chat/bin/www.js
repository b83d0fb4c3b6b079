const fs = require('fs');
const http = require('http');
const { nanoid } = require('nanoid');
const rooms = require('../rooms');

http.createServer((req, res) => {
  if (req.method === 'POST') {
    const id = nanoid();
    let said = '';
    req.on('data', (part) => (said += part));
    req.on('end', () => {
      rooms.say(req.url, said);
      res.writeHead(201).end(`${id}\n`);
    });
  } else if (req.url === '/') {
    fs.createReadStream('./public/chat.html').pipe(res);
  } else {
    res.end(rooms.heard(req.url).join('\n'));
  }
}).listen(9000);
