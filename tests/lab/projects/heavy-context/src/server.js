'use strict';

const http = require('node:http');
const { customAlphabet } = require('nanoid');
const recipes = require('./recipes.json');

const ticket = customAlphabet('0123456789abcdef', 8);

const server = http.createServer((request, response) => {
  const name = decodeURIComponent(request.url.slice(1));
  const recipe = recipes.find((it) => it.name === name);
  if (name === 'ticket') return response.end(ticket());
  if (name === '') return response.end(recipes.map((it) => it.name).join('\n'));
  response.statusCode = recipe ? 200 : 404;
  response.end(recipe ? recipe.text : 'no such recipe');
});

server.listen(5173);
process.on('SIGTERM', () => process.exit(0));
