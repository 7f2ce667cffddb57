/** The documentation site: it is built without warnings, and has everything that it should. */

import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { brokenLinks } from '../../../scripts/docs/links.ts';
import { guideFiles, guideUrl } from '../../../scripts/docs/pages/guides.ts';
import { buildSite } from '../../../scripts/docs/site.ts';
import { coverage } from '../../../scripts/generate/coverage.ts';

// The compiler reads all declarations, which takes its time where other work goes on.
const timeout = 600_000;
t.setTimeout(timeout);

const project = fileURLToPath(new URL('../../..', import.meta.url));
mkdirSync(path.join(project, '.tap'), { recursive: true });
const dir = mkdtempSync(path.join(project, '.tap/site-'));
t.teardown(() => rmSync(dir, { recursive: true, force: true }));

const page = (url: string) => readFileSync(path.join(dir, url), 'utf8');

interface Item {
  readonly name: string;
  readonly kind: string;
  readonly doc?: string;
  readonly dll?: string;
  readonly returns?: string;
  readonly errors?: readonly string[];
}

const api = Object.entries(
  JSON.parse(readFileSync(path.join(project, 'defs/api.json'), 'utf8')) as Record<string, unknown>,
).filter((entry): entry is [string, Item[]] => Array.isArray(entry[1]));

t.test('it is built without warnings', { timeout }, async (t) => {
  const { pages, warnings } = await buildSite(dir);
  t.same(warnings, []);
  t.ok(pages > 1000, `${pages} pages`);
});

t.test('every function has its page, with all that is known of it', async (t) => {
  const functions = api.flatMap(([header, items]) =>
    items.filter(({ kind }) => kind === 'function').map((item) => ({ header, ...item })),
  );
  t.ok(functions.length > 400);
  const wrong = functions.filter(({ header, name, dll, doc, returns, errors = [] }) => {
    const file = `reference/${header}/fn.${name}.html`;
    if (!existsSync(path.join(dir, file))) return true;
    const text = page(file);
    const parts = [
      `${dll}.dll`,
      `<dt>Header</dt><dd><a href="../../reference/${header}/index.html">`,
      doc ? `href="${doc}"` : '',
      returns ? '<h2 id="result">' : '',
      errors.length > 0 ? '<h2 id="errors">' : '',
      ...errors.map((code) => `<code>${code}</code>`),
    ];
    return !parts.every((part) => text.includes(part));
  });
  t.same(
    wrong.map(({ name }) => name),
    [],
  );
});

t.test('an extension function says how it fails', async (t) => {
  const text = page('reference/mswsock/fn.ConnectEx.html');
  t.match(text, /<dt>Success<\/dt>.*<dt>Failure<\/dt><dd>returns FALSE \(0\);/s);
  t.match(text, /WSA_IO_PENDING \(997\) means that it goes on/);
});

t.test('every structure shows where its fields are', async (t) => {
  const records = api.flatMap(([header, items]) =>
    items
      .filter(({ kind }) => kind === 'struct' || kind === 'union')
      .map(({ name }) => `reference/${header}/struct.${name}.html`),
  );
  t.ok(records.length > 300);
  t.same(
    records.filter((file) => !/bytes, aligned to \d/.test(page(file))),
    [],
  );
  const address = page('reference/ws2def/struct.sockaddr_in.html');
  t.match(address, /<code>sin_zero<\/code><\/td><td>.*?<\/td><td[^>]*>8<\/td>/);
});

t.test('functions are listed by header and by topic', async (t) => {
  t.match(page('reference/winsock2/index.html'), /href="[^"]*fn\.WSARecv\.html"/);
  t.match(page('reference/topics/send-and-receive.html'), /href="[^"]*fn\.WSARecv\.html"/);
  t.match(page('reference/topics/multicast.html'), /href="[^"]*#setsourcefilter"/);
  t.match(page('reference/topics/registered-io.html'), /href="[^"]*fn\.RIOSend\.html"/);
  const main = page('reference/index.html').split('<main')[1] ?? '';
  const listed = [...main.matchAll(/href="[^"]*topics\/([^"]+)"/g)].map(([, file]) => file);
  t.same(listed.sort(), readdirSync(path.join(dir, 'reference/topics')).sort());
});

t.test('the guide, the examples and the classes are there', async (t) => {
  const urls = [
    ...guideFiles().map(guideUrl),
    '/examples/ping.html',
    '/api/io/TcpSocket.html',
    '/api/spi/index.html',
  ];
  for (const url of urls) t.match(page(url), /<h1/, url);
  t.match(page('/examples/ping.html'), /<a href="[^"]*fn\.WSARecvFrom\.html">WSARecvFrom<\/a>/);
});

t.test('the coverage tables are those of npm run coverage', async (t) => {
  const cells = page('/reference/coverage.html').replace(/<\/?td[^>]*>+(<td[^>]*>)?/g, '|');
  const { headers, documented } = await coverage();
  for (const { header, names, bound } of headers) {
    t.ok(cells.includes(`</a>|${names}|${bound}|`), header);
  }
  for (const { names, exported, section } of documented) {
    t.ok(cells.includes(`|${names}|${exported}|`), section);
  }
});

t.test('the search knows every name', async (t) => {
  const script = page('/assets/search.js');
  const rows = JSON.parse(script.slice('searchRows('.length, -1)) as [
    string,
    string,
    string,
    string,
  ][];
  const textOf = (title: string) => rows.find(([one]) => one === title)?.[3] ?? '';
  t.match(textOf('IcmpSendEcho'), /ping/, 'a task');
  t.match(textOf('tcpTable'), /process id/, 'another');
  t.match(textOf('WSAEACCES'), /Hyper-V/, 'what causes an error');
  const titles = new Set(rows.map(([title]) => title));
  const named = api.flatMap(([, items]) =>
    items.filter(({ kind }) => /^(function|struct|union|callback|guid)$/.test(kind)),
  );
  t.same(
    named.filter(({ name }) => name && !titles.has(name)).map(({ name }) => name),
    [],
  );
  const pages = new Set(rows.map(([, url]) => url.replace(/#.*/, '')));
  t.same(
    [...pages].filter((url) => !existsSync(path.join(dir, url))),
    [],
  );
});

t.test('links that lead nowhere are found', async (t) => {
  const folder = path.join(dir, 'links');
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'a.html'), '<p id="x"><a href="b.html#y"> <a href="c.html">');
  writeFileSync(path.join(folder, 'b.html'), '<a href="a.html#x"> <a href="https://example.org/">');
  t.same(brokenLinks(folder), [
    { page: 'a.html', link: 'b.html#y' },
    { page: 'a.html', link: 'c.html' },
  ]);
});

t.test('what runs in the browser compiles', { timeout }, async (t) => {
  const tsc = path.join(project, 'node_modules/typescript/bin/tsc');
  const theme = path.join(project, 'scripts/docs/theme');
  const { stdout } = spawnSync(process.execPath, [tsc, '--noEmit', '-p', theme], {
    encoding: 'utf8',
  });
  t.equal(stdout, '');
});
