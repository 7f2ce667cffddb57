import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Header, headerName, type Item, published, readHeaders } from '../data.ts';
import { type Answer, list, notFound } from '../output.ts';
import {
  broken,
  directionText,
  failureFrom,
  failureOf,
  failureText,
  formsOf,
  KINDS,
  parameterText,
  signature,
} from '../signature.ts';

/** The TypeScript of a name of the headers, which the package has beside its code. */
function typescript(
  header: string,
  name: string,
  form: 'written' | 'called' = 'written',
): string | undefined {
  try {
    const url = new URL(`./types/defs/${header}.g.d.ts`, import.meta.url);
    const text = readFileSync(url, 'utf8');
    const declared =
      new RegExp(`^export declare const ${name}: Func<(.*)>;$`, 'm').exec(text) ??
      new RegExp(`^export type ${name} = (\\(.*\\) => .*);$`, 'm').exec(text);
    return declared?.[1] && formsOf(declared[1])[form];
  } catch {
    return undefined;
  }
}

/** What the package itself adds, or writes in TypeScript. */
interface Own {
  readonly name: string;
  readonly entry: string;
  readonly kind: 'function' | 'class';
  readonly typescript: string | undefined;
  readonly summary: string | undefined;
}

/** What a function of the package itself is, as its declaration and its comment say. */
async function ownOf(name: string): Promise<Own | undefined> {
  const found = await published(name);
  if (typeof found?.value !== 'function' || 'kind' in found.value) return undefined;
  const kind = /^class\b/.test(String(found.value)) ? 'class' : 'function';
  const declared = new RegExp(
    `(?:/\\*\\*((?:(?!\\*/)[\\s\\S])*)\\*/\\n)?export declare (?:function|const|class) ${found.name}\\b(.*)$`,
    'm',
  );
  const dir = fileURLToPath(new URL('./types/lib/', import.meta.url));
  for (const file of readdirSync(dir, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.d.ts')) continue;
    const match = declared.exec(readFileSync(path.join(dir, file), 'utf8'));
    if (!match) continue;
    const head = match[2]?.replace(/^: |[;{]$/g, '').trim();
    const typescript = kind === 'class' ? undefined : head;
    return { name: found.name, entry: found.entry, kind, typescript, summary: textOf(match[1]) };
  }
  return { name: found.name, entry: found.entry, kind, typescript: undefined, summary: undefined };
}

/** The text of a doc comment, a line for each paragraph. */
function textOf(comment: string | undefined): string | undefined {
  return comment
    ?.split(/@/)[0]
    ?.replace(/^\s*\* ?/gm, '')
    .trim()
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.replace(/\s+/g, ' '))
    .join('\n');
}

async function ownFunction(name: string): Promise<Answer | undefined> {
  const own = await ownOf(name);
  if (!own) return undefined;
  return {
    text: list([
      [own.kind, own.name],
      ['', own.summary],
      ['TypeScript', own.typescript && broken(own.typescript)],
      ['DLL', own.kind === 'function' && 'none: it is TypeScript'],
      ['use', `import { ${own.name} } from '${own.entry}';`],
    ]),
    data: { ...own, kind: 'own' },
  };
}

function find(name: string): readonly [header: string, item: Item] | undefined {
  const items = readHeaders().flatMap(([header, all]: Header) =>
    all.filter(({ kind }) => kind in KINDS).map((item) => [header, item] as const),
  );
  const lower = name.toLowerCase();
  // Of a name with the A and W functions, C programs mean one of them.
  return (
    items.find(([, item]) => item.name === name) ??
    items.find(([, item]) => item.name.toLowerCase() === lower) ??
    items.find(([, item]) => item.name.toLowerCase() === `${lower}w`)
  );
}

/** The line on the origin of a function that each provider has of its own. */
const BY_POINTER = 'the provider’s own, by SIO_GET_(MULTIPLE_)EXTENSION_FUNCTION_POINTER';

/** The type of the pointer that an extension function is reached by. */
function pointerTo(name: string): readonly [header: string, item: Item] | undefined {
  const header = readHeaders().find(([one]) => one === 'mswsock');
  const wanted = `LPFN_${name.toUpperCase()}`;
  const item = header?.[1].find((one) => one.name === wanted && one.kind === 'callback');
  return header && item && [header[0], item];
}

/** An extension function that no DLL exports, described by the type of its pointer. */
async function extension(name: string): Promise<readonly [header: string, item: Item] | undefined> {
  const [header, type] = pointerTo(name) ?? [];
  if (!header || !type) return undefined;
  const found = await published(name);
  if (typeof found?.value !== 'function') return undefined;
  const summary = type.summary?.replace(/^\w+: (.)/, (_, first: string) => first.toUpperCase());
  return [header, { ...type, name: found.name, kind: 'function', ...(summary && { summary }) }];
}

/** A function's signature, its DLL, how it fails, and where it is documented. */
export async function fn(wanted: string): Promise<Answer> {
  const name = wanted.replace(/\(.*$/, '');
  const [header, item] = find(name) ?? (await extension(name)) ?? [];
  if (!header || !item) {
    const own = await ownFunction(name);
    if (own) return own;
    const gone = readHeaders().flatMap(([, all]) => all.filter((one) => one.kind === 'left out'));
    const left = gone.find((one) => one.name.toLowerCase() === name.toLowerCase());
    const known = readHeaders().flatMap(([, all]) =>
      all.filter(({ kind }) => kind in KINDS).map((one) => one.name),
    );
    const error = notFound('function', name, known);
    if (left) error.message = `${left.name} was left out: ${left.reason}.`;
    throw error;
  }
  const { entry, value } = (await published(item.name)) ?? {};
  const { dll = '', failure, archs, minimum } = item;
  const parameters = (item.params ?? []).filter((one) => typeof one === 'object');
  const c = signature(item);
  const pointer = pointerTo(item.name);
  const written = /^(macro|inline)$/.test(item.kind) ? await ownOf(item.name) : undefined;
  const ts =
    typescript(header, item.name) ??
    (pointer && typescript(header, pointer[1].name, 'called')) ??
    written?.typescript;
  const summary = item.summary ?? written?.summary;
  const own = item.kind === 'function' && dll !== 'ws2_32' && pointer;
  const none = item.kind === 'callback' ? undefined : 'none: it is TypeScript';
  const from = own ? BY_POINTER : dll ? `${dll}.dll` : none;
  const fails = failure ? failureText(failureFrom(failure), dll) : own && failureOf(value);
  return {
    text: list([
      [KINDS[item.kind] ?? '', item.name],
      ['', summary],
      ['C', c],
      ['TypeScript', ts && broken(ts)],
      [
        'parameters',
        parameters
          .map((one) => [directionText(one), parameterText(one, parameters)].filter(Boolean))
          .map((facts, index) => `${parameters[index]?.name}: ${facts.join(', ')}`)
          .join('\n'),
      ],
      ['returns', item.returns],
      ['fails', fails],
      ['errors', item.errors?.join(' ')],
      ['DLL', from],
      ['since', minimum],
      ['only on', archs?.join(', ')],
      ['header', headerName(header)],
      ['use', entry && `import { ${item.name} } from '${entry}';`],
      ['see', item.doc],
    ]),
    data: {
      ...item,
      summary,
      header,
      entry,
      signature: c,
      typescript: ts,
      fails: fails || undefined,
    },
  };
}
