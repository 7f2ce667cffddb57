import { inspect } from 'node:util';
import { CODE_NAMES } from '../../ffi/codes.g.ts';
import type { AnyCType } from '../../ffi/types/ctype.ts';
import { everything, type Header, headerName, type Item, published, readHeaders } from '../data.ts';
import { type Declared, declarations, declaredAs, typesOf } from '../declarations.ts';
import { EXPLANATIONS } from '../explanations.ts';
import { type Answer, list, NotFound, notFound } from '../output.ts';
import { parameterText } from '../parameter-text.ts';
import {
  broken,
  failureFrom,
  failureOf,
  failureText,
  formsOf,
  KINDS,
  signature,
} from '../signature.ts';
import { structure } from './structure.ts';

/** The TypeScript of a name of the headers, which the package has beside its code. */
function typescript(
  header: string,
  name: string,
  form: 'written' | 'called' = 'written',
): string | undefined {
  const { functions, callbacks } = typesOf(header);
  const declared = functions.get(name) ?? callbacks.get(name);
  return declared && formsOf(declared)[form];
}

/** What is known of something that the package itself declares. */
function ownAnswer(own: Declared): Answer {
  const { name, entry, kind, of, typescript, summary, members = [] } = own;
  const has = members.map((one) => `${one.name}: ${one.summary?.split('\n')[0] ?? one.typescript}`);
  return {
    text: list([
      [kind, of ? `${of}.${name}` : name],
      ['', summary],
      ['TypeScript', typescript && broken(typescript)],
      ['has', has.join('\n')],
      ['DLL', kind === 'function' && 'none: it is TypeScript'],
      ['use', `import { ${isTypeOnly(own) ? 'type ' : ''}${of ?? name} } from '${entry}';`],
    ]),
    data: {
      name,
      entry,
      kind: 'own',
      is: kind,
      of,
      typescript,
      summary,
      ...(has.length > 0 && { members: members.map((one) => one.name) }),
    },
  };
}

function isTypeOnly({ kind, of }: Declared): boolean {
  if (of === undefined) return kind === 'interface' || kind === 'type';
  return declarations().some((one) => one.name === of && one.kind === 'interface');
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

/**
 * What a name is that an entry point has, or that is within something that one has: of a function its signature,
 * its DLL, how it fails, and where it is documented; of a constant its value; of a structure its fields.
 */
export async function fn(wanted: string): Promise<Answer> {
  const name = wanted.replace(/\(.*$/, '');
  const mirrored = await mirroredFunction(name);
  const own = declaredAs(name).filter(({ entry, of }) => !mirrored || (entry !== 'winsock' && !of));
  const answers = [...(mirrored ? [mirrored] : []), ...own.map(ownAnswer)];
  if (answers.length > 0) return together(answers);
  const other = (await structureNamed(name)) ?? (await constant(name));
  if (other) return other;
  const gone = readHeaders().flatMap(([, all]) => all.filter((one) => one.kind === 'left out'));
  const left = gone.find((one) => one.name.toLowerCase() === name.toLowerCase());
  const exported = (await everything()).map((one) => one.name);
  const types = readHeaders().flatMap(([, all]) =>
    all.filter(({ kind }) => kind in KINDS).map((one) => one.name),
  );
  const declared = declarations().flatMap(({ name: own, members = [] }) => [
    own,
    ...members.map((one) => one.name),
  ]);
  const error = notFound('name', name, new Set([...exported, ...types, ...declared]));
  error.message += ` \`winsock find ${name}\` looks into the texts as well.`;
  if (left) error.message = `${left.name} was left out: ${left.reason}.`;
  throw error;
}

/** Several answers to one name: the mirror's `connect`, and that of winsock/io. */
function together(answers: readonly Answer[]): Answer {
  const [first, ...others] = answers;
  if (others.length === 0) return first!;
  return {
    text: answers.map(({ text }) => text).join('\n\n'),
    data: { ...(first!.data as object), others: others.map(({ data }) => data) },
  };
}

/** A structure of the headers, as `struct` shows it. */
async function structureNamed(name: string): Promise<Answer | undefined> {
  try {
    return await structure(name);
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
}

function isType(value: unknown): value is Pick<AnyCType, 'name' | 'sizeOf'> {
  return typeof value === 'object' && value !== null && 'sizeOf' in value;
}

/** A constant of the headers: its value, where it is from, and what is known of it. */
async function constant(wanted: string): Promise<Answer | undefined> {
  const found = await published(wanted);
  if (!found || typeof found.value === 'function') return undefined;
  const { name, entry, value } = found;
  if (isType(value)) {
    const data = { name, kind: 'type', is: value.name, size: value.sizeOf('x64'), entry };
    const use = `import { ${name} } from '${entry}';`;
    const rows = [
      ['type', name],
      ['is', data.is],
      ['size', `${data.size} bytes on x64`],
      ['use', use],
    ];
    // Rows of a name and what is said of it.
    return { text: list(rows as [string, string][]), data };
  }
  const header = readHeaders().find(([, items]) =>
    items.some((one) => one.name === name || (one.members && Object.hasOwn(one.members, name))),
  );
  const isNumber = typeof value === 'number' || typeof value === 'bigint';
  const hex = isNumber && value > 9 ? `, 0x${value.toString(16)}` : '';
  const error = CODE_NAMES.find(([, one]) => one === name)?.[0];
  const said = header?.[1].find((one) => one.name === name)?.text ?? enumText(header, name);
  const shown = isNumber || typeof value === 'string' ? `${value}${hex}` : inspect(value);
  return {
    text: list([
      ['constant', name],
      ['', said ?? (error === undefined ? undefined : EXPLANATIONS[error])],
      ['value', shown],
      ['header', header && headerName(header[0])],
      ['use', `import { ${name} } from '${entry}';`],
    ]),
    data: {
      name,
      kind: 'constant',
      value: isNumber ? Number(value) : shown,
      entry,
      header: header?.[0],
    },
  };
}

function enumText(header: Header | undefined, name: string): string | undefined {
  return header?.[1].find(({ members }) => members && Object.hasOwn(members, name))?.texts?.[name];
}

/** A function of a header. */
async function mirroredFunction(name: string): Promise<Answer | undefined> {
  const [header, item] = find(name) ?? (await extension(name)) ?? [];
  if (!header || !item) return undefined;
  const { entry, value } = (await published(item.name)) ?? {};
  const { dll = '', failure, archs, minimum } = item;
  const parameters = (item.params ?? []).filter((one) => typeof one === 'object');
  const c = signature(item);
  const pointer = pointerTo(item.name);
  const isWritten = /^(macro|inline)$/.test(item.kind);
  const written = isWritten ? declaredAs(item.name)[0] : undefined;
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
        parameters.map((one) => `${one.name}: ${parameterText(one, parameters)}`).join('\n'),
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
