// The reference by header and by topic.

import { EXPLANATIONS } from '../../../lib/cli/explanations.ts';
import { groupTitle } from '../../generate/texts/lookup.ts';
import { type Html, heading, html, type Part, stack, table } from '../html.ts';
import type { Navigation, Page } from '../layout.ts';
import { type HeaderData, isFunction, isRecord, type Model, type Name } from '../model.ts';
import { TOPICS_IN_READING_ORDER, type Topic } from '../topics.ts';
import { kindOf } from './names.ts';

export function referenceMenu(model: Model): Navigation[] {
  return [
    {
      title: 'Reference',
      links: [
        { url: '/reference/index.html', text: 'Overview' },
        { url: '/reference/coverage.html', text: 'Coverage' },
      ],
    },
    {
      title: 'By topic',
      links: TOPICS_IN_READING_ORDER.map(({ id, title }) => ({
        url: `/reference/topics/${id}.html`,
        text: title,
      })),
    },
    {
      title: 'By header',
      links: model.headers.map(({ name, title }) => ({
        url: `/reference/${name}/index.html`,
        text: title,
      })),
    },
  ];
}

export function functionsOf(model: Model, topic: Topic): Name[] {
  return model.headers.flatMap(({ names }) => names).filter((name) => name.topic === topic);
}

export function referenceIndex(model: Model): Page {
  const functions = model.headers.map(({ names }) => names.filter(isFunction).length);
  const body = html`
<h1>Reference</h1>
<p class="lead">Every function, structure and constant of the Windows Sockets headers, made from ${model.source} and
the additions of newer Windows SDKs. <a href="/reference/coverage.html">Coverage</a> says where every name went.</p>
${heading(2, 'topics', 'By topic')}
${stack(
  ['topic', 'what', 'functions'],
  TOPICS_IN_READING_ORDER.map((topic) => [
    html`<a href="/reference/topics/${topic.id}.html">${topic.title}</a>`,
    topic.text,
    functionsOf(model, topic).length + model.own.filter((one) => one.topic === topic).length,
  ]),
)}
${heading(2, 'headers', 'By header')}
${stack(
  ['header', 'what', 'functions', 'names'],
  model.headers.map((header, index) => [
    html`<a href="/reference/${header.name}/index.html"><code>${header.title}</code></a>`,
    header.text,
    functions[index],
    header.names.length,
  ]),
)}
`;
  return {
    url: '/reference/index.html',
    title: 'Reference',
    description: 'Functions, structures and constants by topic and by header',
    section: 'reference',
    body,
    headings: [
      { level: 2, id: 'topics', text: 'By topic' },
      { level: 2, id: 'headers', text: 'By header' },
    ],
  };
}

export function topicPage(topic: Topic, model: Model): Page {
  const names = functionsOf(model, topic);
  const headers = model.headers.filter((header) => names.some((one) => one.header === header.name));
  const records = recordsOf(names, model);
  const own = model.own.filter((one) => one.topic === topic);
  const body = html`
<p class="crumbs"><a href="/reference/index.html">Reference</a></p>
<h1>${topic.title}</h1>
<p class="lead">${topic.text}</p>
${headers.map(
  ({
    name,
    title,
  }) => html`${heading(2, name, html`<a href="/reference/${name}/index.html">${title}</a>`, title)}
${functionTable(names.filter((one) => one.header === name))}`,
)}
${
  own.length > 0 &&
  html`${heading(2, 'own', 'Macros and helpers in TypeScript')}${stack(
    ['name', 'what', 'import'],
    own.map((one) => [
      html`<a href="${one.url}"><code>${one.name}</code></a>`,
      firstSentence(one.doc),
      one.from,
    ]),
  )}`
}
${
  records.length > 0 &&
  html`${heading(2, 'structures', 'Structures')}<p class="names">${records.map(
    ({ name, url }) => html`<a href="${url}"><code>${name}</code></a> `,
  )}</p>`
}
`;
  return {
    url: `/reference/topics/${topic.id}.html`,
    title: topic.title,
    description: topic.text,
    section: 'reference',
    body,
    headings: [
      ...headers.map(({ name, title }) => ({ level: 2, id: name, text: title })),
      ...(own.length > 0
        ? [{ level: 2, id: 'own', text: 'Macros and helpers in TypeScript' }]
        : []),
      ...(records.length > 0 ? [{ level: 2, id: 'structures', text: 'Structures' }] : []),
    ],
  };
}

/** The structures that functions take or give. */
function recordsOf(functions: readonly Name[], model: Model): Name[] {
  const types = functions
    .flatMap(({ params = [], result = '' }) => [
      result,
      ...params.map((one) => (typeof one === 'object' ? one.type : '')),
    ])
    .flatMap((type) => type.match(/\w+/g) ?? []);
  const all = model.headers.flatMap(({ names }) => names);
  const targets = new Set(types.flatMap((type) => [type, ...(targetOf(type, all) ?? [])]));
  return all.filter((one) => isRecord(one) && one.from && targets.has(one.name));
}

/** The structure that a typedef such as LPWSADATA points to. */
export function targetOf(type: string, all: readonly Name[]): string[] | undefined {
  const typedef = all.find(({ name, kind }) => name === type && /^(typedef|alias)$/.test(kind));
  const words = `${typedef?.type ?? typedef?.of ?? ''}`.match(/\w+/g) ?? [];
  const tags = words.flatMap((word) =>
    all.filter(({ tag }) => tag === word).map(({ name }) => name),
  );
  return typedef && [...words, ...tags];
}

function functionTable(names: readonly Name[]): Html {
  return stack(
    ['name', 'what', 'DLL', 'since Windows'],
    sorted(names).map((name) => [
      nameLink(name),
      name.summary ?? firstSentence(name.declared?.doc),
      name.dll ?? (kindOf(name) === 'extension function' ? 'by pointer' : 'TypeScript'),
      name.minimum?.replace(/^Windows /, '') ?? '',
    ]),
  );
}

/** By name, as one looks for it: without regard to case. */
function sorted(names: readonly Name[]): Name[] {
  const key = ({ name }: Name) => name.replace(/^_+/, '').toLowerCase();
  return [...names].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

function firstSentence(doc = ''): string {
  return /^.*?[.:](?=\s|$)/s.exec(doc)?.[0].replaceAll('`', '').replace(/:$/, '.') ?? doc;
}

function nameLink({ name, url }: Name): Html {
  return html`<a href="${url}"><code>${name}</code></a>`;
}

export function headerPage(header: HeaderData): Page {
  const published = header.names.filter(({ from, name }) => from && name);
  const of = (...kinds: string[]) => published.filter(({ kind }) => kinds.includes(kind));
  const functions = published.filter(isFunction);
  const records = of('struct', 'union');
  const types = of('typedef', 'alias', 'handle');
  const parts: (readonly [id: string, title: string, content: Part])[] = [
    ['functions', 'Functions', functions.length > 0 && functionTable(functions)],
    ['structures', 'Structures', records.length > 0 && described(records)],
    ['enumerations', 'Enumerations', enumerations(header)],
    ['callbacks', 'Function pointer types', of('callback').length > 0 && described(of('callback'))],
    ['constants', 'Constants', constants(header.name, of('constant'))],
    ['guids', 'Identifiers (GUID)', guids(of('guid', 'variable'))],
    ['types', 'Other names of types', types.length > 0 && typedefs(types)],
    ['left-out', 'Not exported', absent(header)],
  ];
  const shown = parts.filter(([, , content]) => content);
  const body = html`
<p class="crumbs"><a href="/reference/index.html">Reference</a></p>
<h1>${header.title}</h1>
<p class="lead">${header.text}</p>
${shown.map(([id, title, content]) => html`${heading(2, id, title)}${content}`)}
`;
  return {
    url: `/reference/${header.name}/index.html`,
    title: header.title,
    description: header.text,
    section: 'reference',
    body,
    headings: shown.map(([id, text]) => ({ level: 2, id, text })),
  };
}

function described(names: readonly Name[]): Html {
  if (names.every(({ summary }) => !summary)) {
    return html`<p class="names">${sorted(names).map((name) => html`${nameLink(name)} `)}</p>`;
  }
  return stack(
    ['name', 'what'],
    sorted(names).map((name) => [nameLink(name), name.summary ?? '']),
  );
}

function enumerations({ names }: HeaderData): Part {
  const named = names.filter(({ kind, from }) => kind === 'enum' && from);
  const unnamed = names.filter(({ kind, name }) => kind === 'enum' && !name);
  return (
    named.length + unnamed.length > 0 && [
      named.length > 0 && described(named),
      unnamed.map(({ members = {} }) =>
        table(
          ['name', 'value'],
          Object.entries(members).map(([name, value]) => [html`<code>${name}</code>`, value]),
        ),
      ),
    ]
  );
}

/** Constants of one prefix stand together, under what they are for. */
function constants(header: string, all: readonly Name[]): Part {
  const groups = new Map<string, Name[]>();
  for (const name of all) {
    const prefix = /^([A-Z0-9]+?_|WSAE|SIOC|FIO|POLL)/.exec(name.name)?.[1] ?? '';
    const group = groups.get(prefix) ?? [];
    groups.set(prefix, [...group, name]);
  }
  return (
    all.length > 0 &&
    [...groups].map(([prefix, names]) => {
      const [title = '', link] = groupTitle(header, prefix, names.length).split(/: (?=https:)/);
      return html`${title && html`<h3>${link ? html`<a href="${link}" rel="external">${title}</a>` : title}</h3>`}${
        header === 'winerror' ? errorTable(names) : constantTable(names)
      }`;
    })
  );
}

function constantTable(names: readonly Name[]): Html {
  const isTold = names.some(({ text }) => text);
  return table(
    ['name', 'value', ...(isTold ? ['what'] : [])],
    names.map(({ name, value, text = '' }) => [
      html`<code id="${name}">${name}</code>`,
      html`<code>${numberText(value)}</code>`,
      ...(isTold ? [text] : []),
    ]),
  );
}

function errorTable(names: readonly Name[]): Html {
  return stack(
    ['name', 'meaning', 'value'],
    names.map(({ name, value }) => [
      html`<code id="${name}">${name}</code>`,
      EXPLANATIONS[Number(value)],
      html`<code>${numberText(value)}</code>`,
    ]),
  );
}

function numberText(value: unknown): string {
  if (typeof value !== 'number' || value < 32) return String(value);
  return `${value} (0x${value.toString(16)})`;
}

function guids(all: readonly Name[]): Part {
  return (
    all.length > 0 &&
    table(
      ['name', 'value'],
      all.map(({ name, value }) => [
        html`<code id="${name}">${name}</code>`,
        html`<code>${guidText(value)}</code>`,
      ]),
    )
  );
}

function guidText(value: unknown): string {
  if (!Array.isArray(value)) return '';
  const [a, b, c, rest] = value as [number, number, number, number[]];
  const hex = (number: number, digits: number) => number.toString(16).padStart(digits, '0');
  const bytes = rest.map((byte) => hex(byte, 2)).join('');
  return `{${hex(a, 8)}-${hex(b, 4)}-${hex(c, 4)}-${bytes.slice(0, 4)}-${bytes.slice(4)}}`;
}

function typedefs(types: readonly Name[]): Html {
  return table(
    ['name', 'is'],
    types.map(({ name, type, of, kind }) => [
      html`<code id="${name}">${name}</code>`,
      html`<code>${type ?? of ?? kind}</code>`,
    ]),
  );
}

function absent({ names }: HeaderData): Part {
  const all = names.filter(({ from, name }) => !from && name);
  return (
    all.length > 0 &&
    html`<p>What has no meaning in TypeScript, or cannot be called; <a href="/reference/coverage.html">coverage</a> has the reasons.</p>
<p class="names">${all.map(({ name }) => html`<code id="${name}">${name}</code> `)}</p>`
  );
}
