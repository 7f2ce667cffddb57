import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type Header,
  headerName,
  type Item,
  type ParameterData,
  published,
  readHeaders,
} from './data.ts';
import { type Answer, list, notFound } from './output.ts';

const KINDS: Record<string, string> = {
  function: 'function',
  callback: 'function pointer type',
  macro: 'macro',
  inline: 'inline function',
};

/** How a function says that it failed. */
const FAILURES: Record<string, string> = {
  SocketError: 'SOCKET_ERROR (-1)',
  InvalidSocket: 'INVALID_SOCKET (-1)',
  InvalidHandle: 'INVALID_HANDLE_VALUE (-1)',
  IsFalse: 'FALSE (0)',
  IsNull: 'NULL',
  InvalidEvent: 'WSA_INVALID_EVENT (NULL)',
  WaitFailed: 'WAIT_FAILED (0xffffffff)',
  InetNone: 'INADDR_NONE (0xffffffff)',
};

function failureText(failure: string, dll: string): string {
  const waiting = /^pending\((.*?)((?:, \d+)+)\)$/.exec(failure);
  if (waiting) {
    const codes = (waiting[2] ?? '').slice(2);
    return `${failureText(waiting[1] ?? '', dll)};\n${codes} means that it goes on`;
  }
  const out = /^ErrnoOut\('(\w+)', (\w+)\)$/.exec(failure);
  if (out) return `returns ${FAILURES[out[2] ?? ''] ?? out[2]}; ${out[1]} gets the code`;
  if (failure === 'ReturnsCode') return 'returns the error code; 0 is success';
  if (failure === 'ReturnsNtStatus') return 'returns an NTSTATUS; below zero is failure';
  if (failure === 'NeverFails') return 'never, or it does not say so';
  const last = /^(ws2_32|mswsock)$/.test(dll) ? 'WSAGetLastError()' : 'GetLastError()';
  return `returns ${FAILURES[failure] ?? failure}; ${last} has the code`;
}

const C_NAMES: Record<string, string> = {
  int8: 'signed char',
  uint8: 'unsigned char',
  int16: 'short',
  uint16: 'unsigned short',
  int32: 'int',
  uint32: 'unsigned int',
  WINBOOL: 'BOOL',
};

function cType(type: string): string {
  return type
    .replace(/\b(u?int(8|16|32)|WINBOOL)\b/g, (name) => C_NAMES[name] ?? name)
    .replace(/\* (?=\*)/g, '*');
}

function declare(type: string, name: string): string {
  const text = cType(type);
  return text.endsWith('*') ? `${text}${name}` : `${text} ${name}`;
}

function signature({ kind, name, result = '', params = [] }: Item): string {
  const written = params.map((one) =>
    typeof one === 'string' ? one : declare(one.type, one.name),
  );
  if (kind === 'macro' || kind === 'inline') return `${name}(${written.join(', ')})`;
  const called = kind === 'callback' ? `(CALLBACK *${name})` : name;
  const head = declare(result, called);
  const line = `${head}(${written.join(', ') || 'void'});`;
  return line.length <= 90 ? line : `${head}(\n  ${written.join(',\n  ')}\n);`;
}

const BOUNDS: Record<string, (other: string) => string> = {
  bytes: (other) => `${other} bytes`,
  bytesAt: (other) => `as many bytes as ${other} says`,
  count: (other) => `${other} elements`,
  countAt: (other) => `as many elements as ${other} says`,
  minBytes: (other) => `at least ${other} bytes`,
  opaque: () => 'memory of any kind',
};

function parameterText(parameter: ParameterData): string {
  const { direction, required, bound = '', string, kept } = parameter;
  const [kind = '', other = ''] = bound.split(' ');
  const facts = [
    direction,
    direction && !required && !string ? 'may be null' : undefined,
    string ? 'text' : undefined,
    BOUNDS[kind]?.(other),
    kept ? 'used after the call' : undefined,
  ];
  return facts.filter(Boolean).join(', ');
}

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
