'use strict';

const test = require('node:test');
const assert = require('node:assert');

test('all recipes are there', () => {
  assert.equal(require('../dist/recipes.json').length, 2);
});
