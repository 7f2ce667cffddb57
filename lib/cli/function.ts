import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Header, headerName, type Item, published, readHeaders } from './data.ts';
import { type Answer, list, notFound } from './output.ts';
import { failureText, KINDS, parameterText, signature } from './signature.ts';

/** The TypeScript declaration, which the package has beside its code. */
function typescript(header: string, name: string): string | undefined {
  try {
    const url = new URL(`./types/defs/${header}.g.d.ts`, import.meta.url);
    const text = readFileSync(url, 'utf8');
    return new RegExp(`^export declare const ${name}: Func<(.*)>;$`, 'm').exec(text)?.[1];
  } catch {
    return undefined;
  }
}

/** What the package itself adds or writes in TypeScript, as its declarations have it. */
async function ownFunction(name: string): Promise<Answer | undefined> {
  const found = await published(name);
  if (typeof found?.value !== 'function' || 'kind' in found.value) return undefined;
  if (/^class\b/.test(String(found.value))) return undefined;
  const declared = new RegExp(
    `(?:/\\*\\*((?:(?!\\*/)[\\s\\S])*)\\*/\\n)?export declare function ${found.name}(.*);$`,
    'm',
  );
  const dir = fileURLToPath(new URL('./types/lib/', import.meta.url));
  let ts: string | undefined;
  let summary: string | undefined;
  for (const file of readdirSync(dir, { recursive: true, encoding: 'utf8' })) {
    if (ts || !file.endsWith('.d.ts')) continue;
    const match = declared.exec(readFileSync(path.join(dir, file), 'utf8'));
    if (!match) continue;
    ts = match[2];
    summary = match[1]
      ?.split(/@/)[0]
      ?.replace(/\s*\n\s*\* ?/g, ' ')
      .trim();
  }
  const use = `import { ${found.name} } from '${found.entry}';`;
  return {
    text: list([
      ['function', found.name],
      ['', summary],
      ['TypeScript', ts],
      ['DLL', 'none: it is TypeScript'],
      ['use', use],
    ]),
    data: { name: found.name, kind: 'own', summary, entry: found.entry, typescript: ts },
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

/** Where a function comes from that each provider has of its own. */
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
  const summary = type.summary?.replace(`${found.name}: `, '');
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
  const { entry } = (await published(item.name)) ?? {};
  const { dll = '', failure = '', archs, minimum } = item;
  const parameters = (item.params ?? []).filter((one) => typeof one === 'object');
  const c = signature(item);
  const ts = typescript(header, item.name);
  const own = item.kind === 'function' && dll !== 'ws2_32' && pointerTo(item.name);
  const none = item.kind === 'callback' ? undefined : 'none: it is TypeScript';
  const from = own ? BY_POINTER : dll ? `${dll}.dll` : none;
  const fails = failure && failureText(failure, dll);
  return {
    text: list([
      [KINDS[item.kind] ?? '', item.name],
      ['', item.summary],
      ['C', c],
      ['TypeScript', ts],
      [
        'parameters',
        parameters
          .map((one) => [one.name, parameterText(one)] as const)
          .filter(([, facts]) => facts)
          .map(([one, facts]) => `${one}: ${facts}`)
          .join('\n'),
      ],
      ['fails', fails],
      ['DLL', from],
      ['since', minimum],
      ['only on', archs?.join(', ')],
      ['header', headerName(header)],
      ['use', entry && `import { ${item.name} } from '${entry}';`],
      ['see', item.doc],
    ]),
    data: { ...item, header, entry, signature: c, typescript: ts, fails: fails || undefined },
  };
}
