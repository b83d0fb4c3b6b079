'use strict';

// Puts the recipes into one file and copies the server beside it.
const fs = require('node:fs');
const path = require('node:path');

const recipes = fs
  .readdirSync('recipes')
  .sort()
  .map((name) => ({ name: path.parse(name).name, text: fs.readFileSync(path.join('recipes', name), 'utf8') }));

fs.mkdirSync('dist', { recursive: true });
fs.writeFileSync('dist/recipes.json', JSON.stringify(recipes, null, 1));
fs.copyFileSync('src/server.js', 'dist/server.js');
