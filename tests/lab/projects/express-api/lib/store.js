'use strict';

/** Keeps books in memory; ids count up. */
function createStore(initial) {
  const books = new Map(initial.map((book) => [book.id, book]));

  return {
    get: (id) => books.get(id),
    search: (text) =>
      [...books.values()].filter((book) => book.title.toLowerCase().includes(text.toLowerCase())),
    add({ title, author = 'unknown' }) {
      const book = { id: Math.max(0, ...books.keys()) + 1, title, author };
      books.set(book.id, book);
      return book;
    },
  };
}

module.exports = { createStore };
