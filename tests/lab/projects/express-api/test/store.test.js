'use strict';

const test = require('node:test');
const assert = require('node:assert');
const { createStore } = require('../lib/store');

test('ids count up', () => {
  const store = createStore([{ id: 7, title: 'a' }]);
  assert.equal(store.add({ title: 'b' }).id, 8);
});
