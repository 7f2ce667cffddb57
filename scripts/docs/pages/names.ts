// A page for each function, structure, callback and enumeration of the headers.

import { EXPLANATIONS } from '../../../lib/cli/explanations.ts';
import { type LayoutData, textsOf } from '../../../lib/cli/layouts.ts';
import { parameterText } from '../../../lib/cli/parameter-text.ts';
import { broken, failureFrom, failureText, KINDS, signature } from '../../../lib/cli/signature.ts';
import { CODE_NAMES } from '../../../lib/ffi/codes.g.ts';
import { ARCHITECTURES } from '../../../lib/ffi/types/arch.ts';
import { codeBlock } from '../highlight.ts';
import { type Html, heading, html, type Part, stack, table } from '../html.ts';
import type { Page } from '../layout.ts';
import { isFunction, isRecord, type Model, type Name } from '../model.ts';
import { prose, reference } from './shared.ts';

/** What other pages know of a name: the examples that use it, the functions that take it. */
export interface Uses {
  readonly examples: (name: string) => readonly { url: string; text: string }[];
  readonly takers: (name: string) => readonly Name[];
}

/** A part of a page, with a heading of its own. */
interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Part;
}

export function namePage(name: Name, model: Model, uses: Uses): Page {
  const header = model.headers.find((one) => one.name === name.header);
  const parts = isRecord(name)
    ? record(name, model)
    : name.kind === 'enum'
      ? enumeration(name)
      : called(name, model);
  const sections = [...parts, ...useOf(name, model, uses)];
  const body = html`
${crumbs(name, model)}
<h1>${name.name}</h1>
${name.summary ? html`<p class="lead">${name.summary}</p>` : ''}
${facts(name, header?.title ?? '')}
${sections.map((one) => html`${heading(2, one.id, one.title)}${one.body}`)}
`;
  const topic = name.topic && `/reference/topics/${name.topic.id}.html`;
  return {
    url: name.url,
    title: name.name,
    description: name.summary ?? `${kindOf(name)} of ${header?.title}`,
    section: 'reference',
    parents: [`/reference/${name.header}/index.html`, ...(topic ? [topic] : [])],
    body,
    headings: sections.map(({ id, title }) => ({ level: 2, id, text: title })),
  };
}

export function kindOf({ kind, header, failure }: Name): string {
  if (kind === 'function' && header === 'mswsock' && failure === undefined)
    return 'extension function';
  return KINDS[kind] ?? { struct: 'structure', enum: 'enumeration' }[kind] ?? kind;
}

function crumbs(name: Name, model: Model): Html {
  const header = model.headers.find((one) => one.name === name.header);
  return html`<p class="crumbs"><a href="/reference/index.html">Reference</a> › <a href="/reference/${name.header}/index.html">${header?.title}</a>${
    name.topic && html` › <a href="/reference/topics/${name.topic.id}.html">${name.topic.title}</a>`
  }</p>`;
}

function facts(name: Name, header: string): Html | undefined {
  const { dll = '', minimum, from, doc, archs } = name;
  const byPointer = kindOf(name) === 'extension function';
  const rows: (readonly [string, Part])[] = [
    ['Kind', kindOf(name)],
    ['Header', html`<a href="/reference/${name.header}/index.html"><code>${header}</code></a>`],
    [
      'DLL',
      byPointer
        ? 'the provider’s own, fetched by WSAIoctl at the first call'
        : isFunction(name) && (dll ? `${dll}.dll` : 'none: it is TypeScript'),
    ],
    ['Since', minimum],
    ['Only on', archs?.join(', ')],
    ['Import', html`<code>import { ${name.name} } from '${from}';</code>`],
    [
      'Official documentation',
      doc && html`<a href="${doc}" rel="external">${doc.replace('https://', '')}</a>`,
    ],
  ];
  return definitions(rows);
}

/** What is known, each with its label; undefined where nothing is. */
function definitions(rows: readonly (readonly [string, Part])[]): Html | undefined {
  const known = rows.filter(([, value]) => value);
  if (known.length === 0) return undefined;
  return html`<dl class="facts">${known.map(([label, value]) => html`<dt>${label}</dt><dd>${value}</dd>`)}</dl>`;
}

function called(name: Name, model: Model): Section[] {
  const { declared, kind, summary } = name;
  const c = kind === 'macro' || kind === 'inline' ? undefined : signature(name);
  const ts = (name.typescript && broken(name.typescript)) ?? declared?.code;
  const text = declared?.doc && withoutSummary(declared.doc, summary);
  return [
    c && { id: 'c', title: 'C', body: codeBlock(c, 'c', model.urls) },
    ts && { id: 'typescript', title: 'TypeScript', body: codeBlock(ts, 'ts', model.urls) },
    text && { id: 'remarks', title: 'Remarks', body: prose(text, model.urls) },
    parameters(name, model),
    result(name, model),
    errors(name),
    kind === 'function' && {
      id: 'flavours',
      title: 'Three ways to call it',
      body: flavours(name),
    },
  ].filter((section) => section !== undefined && section !== false && section !== '');
}

function withoutSummary(doc: string, summary: string | undefined): string {
  return summary && doc.startsWith(summary) ? doc.slice(summary.length).trim() : doc;
}

function parameters({ params = [], declared }: Name, model: Model): Section | undefined {
  const notes = new Map(declared?.params.map((one) => [one.name, one.text]));
  const all = params.filter((one) => typeof one === 'object');
  if (all.length === 0 && notes.size === 0) return undefined;
  const body =
    all.length > 0
      ? stack(
          ['name', 'type', 'what'],
          all.map((one) => [
            html`<code>${one.name}</code>`,
            html`<code>${linkedType(one.type, model)}</code>`,
            prose(notes.get(one.name) ?? parameterText(one, all), model.urls),
          ]),
        )
      : stack(
          ['name', 'what'],
          [...notes].map(([one, text]) => [html`<code>${one}</code>`, prose(text, model.urls)]),
        );
  return { id: 'parameters', title: 'Parameters', body };
}

/** What it returns, and how it says that it failed. */
function result(name: Name, model: Model): Section | undefined {
  const { declared, returns, failure, dll = '', kind } = name;
  const success = returns ?? declared?.returns;
  const fails =
    kind !== 'callback' && failure ? failureText(failureFrom(failure), dll) : name.fails;
  const body = definitions([
    ['Success', success && prose(success, model.urls)],
    ['Failure', fails],
  ]);
  return body && { id: 'result', title: 'Result', body };
}

function errors({ errors: codes = [] }: Name): Section | undefined {
  const known = codes.map((code) => ({
    code,
    number: CODE_NAMES.find(([, name]) => name === code)?.[0] ?? 0,
  }));
  if (known.length === 0) return undefined;
  const body = html`<p>What its documentation names; a provider may report others.</p>${stack(
    ['code', 'meaning', 'number'],
    known.map(({ code, number }) => [html`<code>${code}</code>`, EXPLANATIONS[number], number]),
  )}`;
  return { id: 'errors', title: 'Errors', body };
}

function flavours({ name, failure }: Name): Html {
  const fails = failure?.convention !== 'NeverFails';
  return stack(
    ['call', 'what it does'],
    [
      [html`<code>${name}(…)</code>`, 'As in C: the result says whether it failed.'],
      [
        html`<code>${name}.orThrow(…)</code>`,
        fails
          ? html`Failure is thrown as <a href="/guide/errors.html">WinsockError</a>.`
          : 'The same: it does not fail.',
      ],
      [
        html`<code>await ${name}.async(…)</code>`,
        fails ? 'On another thread; failure rejects.' : 'On another thread.',
      ],
    ],
  );
}

/** A type of C, whose name links to its page. */
function linkedType(type: string, model: Model): Html {
  const parts = type.split(/(\w+)/);
  return html`${parts.map((part) => {
    const url = model.urls.get(part);
    return url ? html`<a href="${url}">${part}</a>` : part;
  })}`;
}

function record(name: Name, model: Model): Section[] {
  const layouts = model.layouts(name.name);
  const { aliases } = name;
  const same = layouts && JSON.stringify(layouts.x64) === JSON.stringify(layouts.arm64);
  const archs = ARCHITECTURES.filter((arch) => !(same && arch === 'arm64'));
  const title = (arch: string) => (same && arch === 'x64' ? 'x64, arm64' : arch);
  const fields = layouts
    ? html`<p>${archs.map(
        (arch, index) =>
          html`${index > 0 ? '; ' : ''}<strong>${title(arch)}</strong>: ${layouts[arch].size} bytes, aligned to ${layouts[arch].align}`,
      )}.</p>${fieldTable(
        name,
        layouts.x64,
        archs.map((arch) => [title(arch), layouts[arch]]),
        model,
      )}`
    : html`<p>Its layout is not published.</p>`;
  const others =
    aliases &&
    table(
      ['name', 'is'],
      Object.entries(aliases).map(([one, to]) => [
        html`<code>${one}</code>`,
        html`<code>${to}</code>`,
      ]),
    );
  return [
    { id: 'fields', title: 'Fields', body: fields },
    ...(others ? [{ id: 'aliases', title: 'Other names of fields', body: others }] : []),
  ];
}

function fieldTable(
  { fields: known = [] }: Name,
  all: LayoutData,
  layouts: readonly (readonly [string, LayoutData])[],
  model: Model,
): Html {
  const texts = textsOf(known);
  return table(
    [
      'field',
      'type',
      ...layouts.map(([arch]) => html`at <small>${arch}</small>`),
      'size',
      ...(texts.size > 0 ? ['what'] : []),
    ],
    all.fields.map((field) => [
      html`<code>${field.name}</code>`,
      html`<code>${linkedType(field.type, model)}</code>`,
      ...layouts.map(([, { fields }]) => {
        const there = fields.find((one) => one.name === field.name);
        return (
          there && (there.bit === undefined ? there.offset : `${there.offset}, bit ${there.bit}`)
        );
      }),
      field.bits === undefined ? field.size : `${field.bits} bits`,
      ...(texts.size > 0 ? [texts.get(field.name) ?? ''] : []),
    ]),
  );
}

function enumeration({ members = {}, texts = {} }: Name): Section[] {
  const isTold = Object.keys(texts).length > 0;
  const body = table(
    ['name', 'value', ...(isTold ? ['what'] : [])],
    Object.entries(members).map(([one, value]) => [
      html`<code id="${one}">${one}</code>`,
      value,
      ...(isTold ? [texts[one] ?? ''] : []),
    ]),
  );
  return [{ id: 'members', title: 'Members', body }];
}

function useOf(name: Name, model: Model, uses: Uses): Section[] {
  const examples = uses.examples(name.name);
  const takers = uses.takers(name.name);
  const all = model.headers.flatMap(({ names }) => names);
  const related = new Map(
    all
      .filter((one) => name.topic && one.topic === name.topic && one.name !== name.name)
      .map((one) => [one.name, one]),
  );
  const links = (names: readonly Name[]) => html`<p class="names">${names.map(reference)}</p>`;
  const sections: Section[] = [
    { id: 'used-by', title: 'Used by', body: takers.length > 0 && links(takers) },
    {
      id: 'examples',
      title: 'In the examples',
      body:
        examples.length > 0 &&
        html`<p class="names">${examples.map(({ url, text }) => html`<a href="${url}">${text}</a> `)}</p>`,
    },
    {
      id: 'related',
      title: name.topic?.title ?? '',
      body: related.size > 0 && links([...related.values()]),
    },
  ];
  return sections.filter(({ body }) => body);
}
