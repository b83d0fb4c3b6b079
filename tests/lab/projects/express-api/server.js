'use strict';

const express = require('express');
const { createStore } = require('./lib/store');

const app = express();
const store = createStore(require('./data/books.json'));

app.use(express.json());

app.get('/health', (req, res) => res.json({ status: 'ok' }));

app.get('/books', (req, res) => {
  res.json(store.search(req.query.q || ''));
});

app.get('/books/:id', (req, res) => {
  const book = store.get(Number(req.params.id));
  if (!book) return res.status(404).json({ error: 'no such book' });
  res.json(book);
});

app.post('/books', (req, res) => {
  if (!req.body.title) return res.status(422).json({ error: 'title is needed' });
  res.status(201).json(store.add(req.body));
});

const server = app.listen(process.env.PORT || 8080, () => {
  console.log(`listening on ${server.address().port}`);
});

process.on('SIGTERM', () => server.close(() => process.exit(0)));
