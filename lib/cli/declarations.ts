/** What the declarations of the package tell: TypeScript's own files, which are beside its code. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Declared {
  readonly name: string;
  readonly entry: string;
  readonly kind: 'function' | 'class' | 'interface' | 'type' | 'constant' | 'method' | 'property';
  /** The class or the interface that it is a member of. */
  readonly of?: string;
  /** How it is written in TypeScript. */
  readonly typescript: string | undefined;
  /** Its doc comment up to the first tag, a line for each paragraph. */
  readonly summary: string | undefined;
  /** Of a class or an interface, what it has. */
  readonly members?: readonly Declared[];
}

/** The entry points whose names are not those of the headers, or not only. */
const ENTRIES = [
  'io',
  'names',
  'c',
  'perf',
  'spi',
  'iphlpapi',
  'kernel',
  'qos',
  'index',
  'net',
  'dgram',
];

const TYPES = fileURLToPath(new URL('./types/lib/', import.meta.url));

/** The text of a doc comment, a line for each paragraph. */
export function textOf(comment: string | undefined): string | undefined {
  const text = comment
    ?.replace(/^\s*\* ?/gm, '')
    .split(/^\s*@/m)[0]
    ?.trim()
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.replace(/\s+/g, ' '))
    .join('\n');
  return text || undefined;
}

const read = (file: string) => readFileSync(file, 'utf8').replaceAll('\r\n', '\n');

const KINDS: Readonly<Record<string, Declared['kind']>> = {
  function: 'function',
  class: 'class',
  interface: 'interface',
  type: 'type',
  const: 'constant',
};

const TOP =
  /(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n)?^export (?:declare )?(?:abstract )?(function|class|interface|type|const) (\w+)([^\n]*)/gm;
const MEMBER =
  /(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n)?^ {4}(?!private|protected|#|constructor|\})((?:static |readonly |abstract |get |set )*)(\w+)(\??)([(:<][^\n]*)/gm;

/** What a class or an interface has, from its body. */
function membersOf(body: string, of: string, entry: string): Declared[] {
  const members = [...body.matchAll(MEMBER)].map(
    ([, comment, modifiers = '', name = '', optional = '', rest = '']): Declared => ({
      name,
      entry,
      of,
      kind: /^[(<]/.test(rest) && !modifiers.includes('get') ? 'method' : 'property',
      typescript: `${modifiers.replace(/get |set /, '')}${name}${optional}${rest.replace(/[;{]\s*$/, '')}`,
      summary: textOf(comment),
    }),
  );
  return members.filter(({ name }, at) => members.findIndex((one) => one.name === name) === at);
}

/** A file that another exports from: some of its names, as they are called there, or undefined for all. */
interface Export {
  readonly file: string;
  readonly names: ReadonlyMap<string, string> | undefined;
}

/** The names in the braces of an export: what each is called there, and what it is called outside. */
export function namesIn(list: string): Map<string, string> {
  const names = new Map<string, string>();
  for (const item of list.split(',')) {
    const [own = '', as = own] = item
      .trim()
      .replace(/^type /, '')
      .split(' as ');
    if (own) names.set(own, as);
  }
  return names;
}

function exportsOf(file: string): Export[] {
  const found: { from: string; names: Map<string, string> | undefined }[] = [];
  const text = read(file);
  for (const [, list = '', from = ''] of text.matchAll(
    /^export (?:type )?\{([^}]*)\} from '([^']+)'/gm,
  )) {
    found.push({ from, names: namesIn(list) });
  }
  for (const [, from = ''] of text.matchAll(/^export \* from '([^']+)'/gm)) {
    found.push({ from, names: undefined });
  }
  return found
    .filter(({ from }) => !from.includes('/defs/'))
    .map(({ from, names }) => ({
      file: path.join(path.dirname(file), from.replace(/\.js$/, '.d.ts')),
      names,
    }));
}

let all: readonly Declared[] | undefined;

/** All that the entry points export and that is not from a header, with the members of each. */
export function declarations(): readonly Declared[] {
  all ??= ENTRIES.flatMap((entry) => {
    const file = path.join(TYPES, `${entry}.d.ts`);
    return existsSync(file)
      ? declaredBy(file, entry === 'index' ? 'winsock' : `winsock/${entry}`)
      : [];
  });
  return all;
}

function declaredBy(entryFile: string, entry: string): Declared[] {
  const found = new Map<string, Declared>();
  // Files that are exported whole may do the same with others, in circles.
  const whole = new Set<string>();
  const visit = (file: string, wanted: ReadonlyMap<string, string> | undefined) => {
    if (whole.has(file) || !existsSync(file)) return;
    if (wanted === undefined) whole.add(file);
    for (const one of declaredIn(file, entry)) {
      const name = wanted ? wanted.get(one.name) : one.name;
      if (name !== undefined && !found.has(name)) found.set(name, { ...one, name });
    }
    for (const { file: next, names } of exportsOf(file)) {
      if (!wanted || !names) visit(next, wanted ?? names);
      else
        visit(
          next,
          new Map(
            [...names].flatMap(([own, as]) => (wanted.has(as) ? [[own, wanted.get(as)!]] : [])),
          ),
        );
    }
  };
  for (const { file, names } of exportsOf(entryFile)) visit(file, names);
  return [...found.values()];
}

/** What a file declares itself. */
function declaredIn(file: string, entry: string): Declared[] {
  const text = read(file);
  return [...text.matchAll(TOP)].map((match) => {
    const [head, comment, word = '', name = '', rest = ''] = match;
    const kind = KINDS[word]!;
    const hasBody = kind === 'class' || kind === 'interface';
    const start = match.index + head.length;
    const body = text.slice(start, text.indexOf('\n}', start) + 1);
    return {
      name,
      entry,
      kind,
      summary: textOf(comment),
      typescript: hasBody ? undefined : rest.replace(/^: |[;{]\s*$/g, '').trim(),
      ...(hasBody && { members: membersOf(body, name, entry) }),
    };
  });
}

/** What has a name, or a name within another: `TcpSocket.read`, or `read` of whatever has it. */
export function declaredAs(wanted: string): Declared[] {
  const [owner, member] = wanted.includes('.') ? wanted.split('.', 2) : [undefined, wanted];
  const same = (a: string, b: string | undefined) => a.toLowerCase() === b?.toLowerCase();
  if (owner !== undefined) {
    return declarations()
      .filter(({ name }) => same(name, owner))
      .flatMap(({ members = [] }) => members.filter(({ name }) => same(name, member)));
  }
  const top = declarations().filter(({ name }) => name === wanted);
  if (top.length > 0) return top;
  const loosely = declarations().filter(({ name }) => same(name, wanted));
  if (loosely.length > 0) return loosely;
  return declarations().flatMap(({ members = [] }) =>
    members.filter(({ name }) => name === wanted),
  );
}

/** The TypeScript of functions, and of types of pointers to functions, by name. */
interface Types {
  readonly functions: ReadonlyMap<string, string>;
  readonly callbacks: ReadonlyMap<string, string>;
}

/** What the declarations of a header have; nothing where those are not beside the code. */
export function typesOf(header: string): Types {
  const file = path.join(TYPES, '../defs', `${header}.g.d.ts`);
  return typesIn(existsSync(file) ? read(file) : '');
}

/** A function whose parameters are told of: its signature stands in braces, behind a comment. */
const TOLD =
  /^export declare const (\w+): Func<\{\n(?: {4}\/\*\*.*\n|(?: {5}\*.*\n))* {4}\((.*)\): (.*);\n\}>;$/gm;

/** The same of the text of such a file. */
export function typesIn(text: string): Types {
  const plain = text.matchAll(/^export declare const (\w+): Func<(\(.*)>;$/gm);
  const told = text.matchAll(TOLD);
  const pointers = text.matchAll(/^export type (\w+) = (\(.*\) => .*);$/gm);
  return {
    functions: new Map([
      ...[...plain].map(([, name = '', type = '']) => [name, type] as const),
      ...[...told].map(([, name = '', list, result]) => [name, `(${list}) => ${result}`] as const),
    ]),
    callbacks: new Map([...pointers].map(([, name = '', type = '']) => [name, type])),
  };
}
