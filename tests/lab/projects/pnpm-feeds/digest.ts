import { readFileSync } from 'node:fs';
import { XMLParser } from 'fast-xml-parser';

const [file] = process.argv.slice(2);
const { rss } = new XMLParser().parse(readFileSync(file, 'utf8'));
const items: { title: string; pubDate: string }[] = [].concat(rss.channel.item);
for (const it of items) console.log(`${new Date(it.pubDate).toISOString().slice(0, 10)}  ${it.title}`);
console.log(`${items.length} items in ${rss.channel.title}`);
