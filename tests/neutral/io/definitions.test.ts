/** lib/io declares nothing that the definitions know. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';

const root = path.join(import.meta.dirname, '../../..');

function sources(folder: string): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => path.join(folder, file));
}

/** Source text without its comments. */
function codeOf(file: string): string {
  const text = readFileSync(path.join(root, file), 'utf8');
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
}

interface Definitions {
  readonly names: ReadonlySet<string>;
  /** Values that no other number of a program is likely to have. */
  readonly values: ReadonlyMap<number, string>;
}

function readDefinitions(): Definitions {
  const names = new Set<string>();
  const values = new Map<number, string>();
  for (const file of sources('defs')) {
    for (const [, name, value] of codeOf(file).matchAll(/^export const (\w+)(?: = (-?\w+);)?/gm)) {
      names.add(name!);
      // Sizes, ports and masks, such as 0x7fffffff, are everybody's.
      const number = Number(value);
      const isErrorCode = /^(?:WSA|EAI_)/.test(name!) && number > 9999;
      const isMask = /^0x(?:0*[1-9a-f]0*|[0137]?f+[e0]?)$/.test(value ?? '');
      if (!isMask && (isErrorCode || number > 0x10000)) values.set(number, name!);
    }
  }
  return { names, values };
}

const { names, values } = readDefinitions();
/** Everything of lib/io but what the generator has written. */
const written = sources('lib/io').filter((file) => !file.endsWith('.g.ts'));

/** What a file declares under a name of the definitions with a value of its own. */
function declaredByHand(code: string): string[] {
  const literal =
    /^\s*(?:export )?(?:const|let) (\w+)(?::[^=\n]+)? = (?:-?~?\d|'|"|guid\(|bindNative\(|koffi\()/gm;
  return [...code.matchAll(literal)].map(([, name]) => name!).filter((name) => names.has(name));
}

/** Numbers of the definitions that are written out. */
function numbersByHand(code: string): string[] {
  return [...code.matchAll(/(?<![\w.])(?:0x[0-9a-f]+|\d{5,})\b/gi)]
    .map(([text]) => values.get(Number(text)))
    .filter((name) => name !== undefined);
}

t.test('the definitions are found', (t) => {
  for (const name of ['WSARecv', 'SOL_SOCKET', 'WSAID_ACCEPTEX', 'OVERLAPPED', 'WSAECONNRESET']) {
    t.ok(names.has(name), name);
  }
  t.same(declaredByHand("const SOL_SOCKET = 0xffff;\nlet WSARecv = bindNative('x');"), [
    'SOL_SOCKET',
    'WSARecv',
  ]);
  t.same(numbersByHand('const code = 0x98000004; wait(10060);'), [
    'SIO_KEEPALIVE_VALS',
    'WSAETIMEDOUT',
  ]);
  t.end();
});

t.test('lib/io declares no name of theirs', (t) => {
  for (const file of written) t.same(declaredByHand(codeOf(file)), [], file);
  t.end();
});

t.test('lib/io writes out no number of theirs', (t) => {
  for (const file of written) t.same(numbersByHand(codeOf(file)), [], file);
  t.end();
});

t.test('lib/io describes no function of Windows to the foreign-function library', (t) => {
  // What Wine alone exports, to know it by, is in no header; the poller is told how to bind.
  const exempt = ['lib/io/calls/wine.ts', 'lib/io/port/poller.ts'];
  for (const file of written) {
    if (exempt.includes(file)) continue;
    t.notMatch(codeOf(file), /\bbindNative\(|\.proto\(|'u?int(8|16|32|64)_t'|\bguid\(/, file);
  }
  t.end();
});

t.test('no layout is computed by an import of lib/io', (t) => {
  for (const file of written) {
    const atImport = codeOf(file)
      .split('\n')
      .filter((line) => /^(?:export )?(?:const|let) .*\b(?:sizeof|offsetof)\(/.test(line));
    t.same(
      atImport.filter((line) => !line.includes('=>')),
      [],
      file,
    );
  }
  t.end();
});
