import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { marked } from 'marked';

mkdirSync('out', { recursive: true });
const names = readdirSync('articles').filter((it) => it.endsWith('.md')).map((it) => it.slice(0, -3));
for (const name of names) {
  writeFileSync(`out/${name}.html`, marked(readFileSync(`articles/${name}.md`, 'utf8')));
}
const links = names.map((it) => `<li><a href="${it}.html">${it}</a></li>`).join('');
writeFileSync('out/index.html', `<title>${process.env.SITE_NAME}</title><ul>${links}</ul>`);
