const slugify = require('slugify');

const all = new Map();
const key = (name) => slugify(name, { lower: true });

exports.say = (name, text) => all.set(key(name), [...exports.heard(name), text]);
exports.heard = (name) => all.get(key(name)) || [];
