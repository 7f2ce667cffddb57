// Whether every link of the finished site leads to a page and to a place in it.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export interface Broken {
  readonly page: string;
  readonly link: string;
}

export function brokenLinks(dir: string): Broken[] {
  const pages = readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.html'))
    .map((name) => name.split(path.sep).join('/'));
  const texts = new Map(pages.map((name) => [name, readFileSync(path.join(dir, name), 'utf8')]));
  const ids = new Map(
    [...texts].map(([name, text]) => [
      name,
      new Set([...text.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id)),
    ]),
  );
  const broken: Broken[] = [];
  for (const [page, text] of texts) {
    const links = new Set([...text.matchAll(/ (?:href|src)="([^"]*)"/g)].map(([, to]) => to ?? ''));
    for (const link of links) {
      if (/^(https?|mailto):/.test(link)) continue;
      const [file = '', fragment] = link.split('#');
      const to = file ? path.posix.join(path.posix.dirname(page), file) : page;
      const there = ids.get(to);
      const found = there ? !fragment || there.has(decodeURIComponent(fragment)) : isFile(dir, to);
      if (!found) broken.push({ page, link });
    }
  }
  return broken;
}

function isFile(dir: string, file: string): boolean {
  return !file.startsWith('..') && !file.endsWith('/') && existsSync(path.join(dir, file));
}
