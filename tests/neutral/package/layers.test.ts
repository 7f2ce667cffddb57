import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const root = fileURLToPath(new URL('../../..', import.meta.url));

interface Import {
  /** From the root of the repository; a package's name where it is none of its files. */
  readonly to: string;
  /** Whether it is loaded when a function asks for it, and not with the file. */
  readonly later: boolean;
  readonly typesOnly: boolean;
}

/** The folders within one, from the root of the repository. */
function roomsOf(folder: string): string[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `${folder}/${name}`);
}

/** The TypeScript sources of a folder, from the root of the repository. */
function sourcesOf(folder: string): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => path.posix.join(folder, name.replaceAll(path.sep, '/')))
    .filter((name) => name.endsWith('.ts'));
}

/** A source without its comments, in which other code is quoted. */
function codeOf(file: string): string {
  return readFileSync(path.join(root, file), 'utf8').replace(
    /\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/[^\n]*/g,
    '',
  );
}

function importsOf(file: string): Import[] {
  const code = codeOf(file);
  const found = (expression: RegExp, later: boolean) =>
    [...code.matchAll(expression)].map(({ groups }) => {
      const { what = '', to = '' } = groups ?? {};
      const target = to.startsWith('.') ? path.posix.join(path.posix.dirname(file), to) : to;
      return { to: target, later, typesOnly: /^\s*type\b/.test(what) };
    });
  return [
    ...found(/^(?:import|export)\s(?<what>[^'"]*?\sfrom\s)?['"](?<to>[^'"]+)['"]/gm, false),
    ...found(/\bimport\(\s*['"](?<to>[^'"]+)['"]\s*\)/g, true),
  ];
}

const ENTRY = /^lib\/[a-z]+\.ts$/;

/** What a folder's files may import beside packages; each breach as `file → what it imports`. */
function breaches(folder: string, allowed: (one: Import, file: string) => boolean): string[] {
  return sourcesOf(folder).flatMap((file) =>
    importsOf(file)
      .filter(({ to }) => /^(lib|defs|scripts|tests|bench|examples)\//.test(to))
      .filter((one) => !allowed(one, file))
      .map(({ to }) => `${file} → ${to}`),
  );
}

const within =
  (...folders: string[]) =>
  ({ to }: Import) =>
    folders.some((folder) => to.startsWith(`${folder}/`));

/** What is left of an entry point without its imports and exports. */
function leftOver(file: string): string {
  return codeOf(file)
    .replace(/^#!.*$/m, '')
    .replace(/^(?:import|export)\s[^;]*?from\s*'[^']+';/gm, '')
    .trim();
}

/** What lib/node may have a copy of: it has no state, and needs nothing that has. */
const COPIED_TO_NODE = ['lib/io/node/argument-errors.ts', 'lib/io/node/system-error.ts'];
/** What these may need in their turn: it loads modules of Node.js. */
const BUILT_IN = 'lib/ffi/native/builtins.ts';

/** Of each row of the table in docs/architecture.md: what breaks its "must not". */
const RULES: Readonly<Record<string, () => string[]>> = {
  'lib/*.ts': () => {
    const known: Readonly<Record<string, string>> = {
      // The command is a program, not a list of names.
      'lib/cli.ts': 'export { main };\n\nprocess.exitCode = await main(process.argv.slice(2));',
    };
    return sourcesOf('lib')
      .filter((file) => ENTRY.test(file))
      .filter((file) => leftOver(file) !== (known[file] ?? ''));
  },
  'lib/io': () => breaches('lib/io', within('lib/io', 'lib/api', 'defs', 'lib/ffi')),
  'lib/node': () => [
    ...breaches('lib/node', (one) => {
      if (ENTRY.test(one.to)) return one.to !== 'lib/cli.ts';
      return within('lib/node')(one) || COPIED_TO_NODE.includes(one.to);
    }),
    ...COPIED_TO_NODE.flatMap((file) =>
      importsOf(file)
        .filter(({ to }) => !to.startsWith('node:') && to !== BUILT_IN)
        .map(({ to }) => `${file} → ${to}`),
    ),
    ...['lib/io', 'lib/api', 'lib/ffi', 'lib/c', 'lib/tools', 'defs'].flatMap((folder) =>
      breaches(folder, ({ to }) => !to.startsWith('lib/node/')),
    ),
  ],
  'lib/api': () => breaches('lib/api', within('lib/api', 'defs', 'lib/ffi')),
  'defs/*.g.ts': () => [
    ...sourcesOf('defs').filter((file) => !file.endsWith('.g.ts')),
    ...breaches('defs', ({ to }) => to.startsWith('defs/') || to === 'lib/ffi/index.ts'),
    // Data is constants and types; what it says of itself is called by lib/ffi only.
    ...sourcesOf('defs').filter((file) =>
      /^(?:export )?(?:function|class|let|var)\b/m.test(codeOf(file)),
    ),
  ],
  'lib/ffi': () => [
    ...breaches('lib/ffi', within('lib/ffi')),
    ...sourcesOf('lib/ffi')
      .filter((file) => !file.endsWith('.g.ts'))
      .filter((file) =>
        /['"](?:kernel32|ntdll|ws2_32|mswsock|user32|iphlpapi)\b/.test(codeOf(file)),
      ),
  ],
  'lib/c': () => [
    ...breaches('lib/c', within('lib/c', 'lib/api', 'defs', 'lib/ffi')),
    ...['lib/io', 'lib/api', 'lib/ffi', 'lib/cli', 'lib/tools', 'defs'].flatMap((folder) =>
      breaches(folder, ({ to }) => !to.startsWith('lib/c/')),
    ),
  ],
  'lib/cli': () => [
    ...breaches('lib/cli', (one, file) => {
      if (ENTRY.test(one.to)) return one.later;
      if (one.to.startsWith('lib/tools/')) return one.later || one.typesOnly;
      return within('lib/cli', 'lib/ffi')(one) && file !== one.to;
    }),
  ],
  'lib/tools': () => [
    ...breaches('lib/tools', (one, file) => {
      const own = file.split('/').slice(0, 3).join('/');
      return ENTRY.test(one.to) || within(own, 'lib/io', 'lib/api', 'defs', 'lib/ffi')(one);
    }),
    ...['lib/io', 'lib/api', 'lib/ffi', 'defs'].flatMap((folder) =>
      breaches(folder, ({ to }) => !to.startsWith('lib/tools/')),
    ),
  ],
  'scripts/generate': () => breaches('lib', ({ to }) => !to.startsWith('scripts/')),
  'scripts/host': () =>
    // The path of the Wine side is one branch of launch.ts, so nothing at run time asks for it.
    breaches('lib', ({ to }) => !to.startsWith('scripts/host/')),
  'scripts/docs': () => {
    const { files } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
      files: string[];
    };
    return files.filter((name) => name.startsWith('scripts'));
  },
  'scripts/bench': () => breaches('bench', ({ to }) => !to.startsWith('scripts/')),
};

/** The rows of the table of layers: folder, and what it must not do. */
function rows(): string[] {
  const page = readFileSync(path.join(root, 'docs/architecture.md'), 'utf8');
  const table = /\| folder \| what it is \| it must not \|\n\| [-| ]+\n(?<rows>(?:\|.*\n)+)/.exec(
    page,
  );
  return (table?.groups?.rows ?? '')
    .trim()
    .split('\n')
    .map((row) => /^\| `([^`]+)`/.exec(row)?.[1] ?? row);
}

t.test('every row of the table of layers has a rule here', async (t) => {
  t.same(rows().sort(), Object.keys(RULES).sort());
});

for (const [folder, broken] of Object.entries(RULES)) {
  t.test(`${folder} keeps to its row`, async (t) => {
    t.same(broken(), []);
  });
}

t.test('examples use the entry points only', async (t) => {
  t.same(
    breaches('examples', ({ to }) => to.startsWith('examples/')),
    [],
  );
});

/** A program of its own, which no import of an entry point loads. */
const SEPARATE = ['lib/io/port/poller.ts'];

t.test(`what is large of Node.js is loaded by ${BUILT_IN}, not by an import`, async (t) => {
  const large = ['node:fs', 'node:net', 'node:os', 'node:util', 'node:worker_threads'];
  const loading = ['lib/ffi', 'lib/api', 'lib/io'].flatMap(sourcesOf).flatMap((file) =>
    importsOf(file)
      .filter(({ to, later, typesOnly }) => large.includes(to) && !later && !typesOnly)
      .map(({ to }) => `${file} → ${to}`),
  );
  t.same(
    loading.filter((one) => !SEPARATE.includes(one.split(' ')[0]!)),
    [],
  );
  t.equal(loading.length, SEPARATE.length, 'and no more than is said here is excepted');
});

t.test(
  'lib/node loads node:util at the first use: an import of it opens standard error',
  async (t) => {
    const loading = sourcesOf('lib/node').filter((file) =>
      importsOf(file).some(
        ({ to, later, typesOnly }) => to === 'node:util' && !later && !typesOnly,
      ),
    );
    t.same(loading, []);
  },
);

t.test('what declarations show is for programs', async (t) => {
  const marked = sourcesOf('lib').filter((file) =>
    readFileSync(path.join(root, file), 'utf8').includes('@internal'),
  );
  t.same(marked, []);
});

t.test('docs/architecture.md names every room, and no other', async (t) => {
  const page = readFileSync(path.join(root, 'docs/architecture.md'), 'utf8');
  const [, table = ''] = /\| room \| what is in it \|\n\| [-| ]+\n((?:\|.*\n)+)/.exec(page) ?? [];
  const named = table
    .trim()
    .split('\n')
    .flatMap((row) => {
      const names = [...row.split('|')[1]!.matchAll(/`([^`]+)`/g)].map((found) => found[1]!);
      // `lib/ffi/errors`, `trace` are rooms of one folder.
      const folder = path.posix.dirname(names[0]!);
      return names.map((name) => (name.includes('/') ? name : `${folder}/${name}`));
    });
  t.same(
    named.sort(),
    ['lib/node', 'lib/io', 'lib/api', 'lib/ffi', 'lib/c'].flatMap(roomsOf).sort(),
  );
});

t.test('no folder of lib has more files than the architecture allows', async (t) => {
  const files = new Map<string, number>();
  for (const file of sourcesOf('lib')) {
    const folder = path.posix.dirname(file);
    files.set(folder, (files.get(folder) ?? 0) + 1);
  }
  t.same(
    [...files].filter(([, count]) => count > 15),
    [],
  );
});
