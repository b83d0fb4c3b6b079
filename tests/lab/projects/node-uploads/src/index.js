'use strict';

const fs = require('node:fs');
const path = require('node:path');
const express = require('express');

const folder = path.join(__dirname, '..', 'uploads');
const app = express();

app.use(express.static(path.join(__dirname, '..', 'public')));

app.post('/files/:name', express.raw({ type: '*/*', limit: '5mb' }), (req, res, next) => {
  const name = path.basename(req.params.name);
  fs.writeFile(path.join(folder, name), req.body, (error) => {
    if (error) return next(error);
    res.status(201).json({ name, bytes: req.body.length });
  });
});

app.get('/files', (req, res, next) => {
  fs.readdir(folder, (error, names) => (error ? next(error) : res.json(names.sort())));
});

app.get('/files/:name', (req, res) => {
  res.sendFile(path.basename(req.params.name), { root: folder });
});

const server = app.listen(3000, () => console.log('ready'));
process.on('SIGTERM', () => server.close(() => process.exit(0)));
