// What the package declares itself, by entry point: a page for each class, and one for the rest.

import { broken } from '../../../lib/cli/signature.ts';
import type { Declaration, Entry, Kind } from '../declarations.ts';
import { codeBlock } from '../highlight.ts';
import { type Html, heading, html, type Part, table } from '../html.ts';
import type { Navigation, Page } from '../layout.ts';
import type { Heading } from '../markdown.ts';
import { declarationUrl, entryUrl, type Model } from '../model.ts';
import { prose } from './shared.ts';

const NOUNS: Record<Kind, string> = {
  function: 'Functions',
  class: 'Classes',
  interface: 'Interfaces',
  constant: 'Constants',
  type: 'Types',
};

/** What has a page in the reference of the headers is not described again. */
function ownOf({ declarations }: Entry, model: Model): Declaration[] {
  return declarations.filter(({ name, source }) => {
    const url = model.urls.get(name);
    return !url?.startsWith('/reference/') || source.startsWith('io/');
  });
}

export function apiMenu(model: Model): Navigation[] {
  return [
    {
      title: 'Entry points',
      links: [
        { url: '/api/index.html', text: 'Overview' },
        ...model.entries.map((entry) => ({ url: entryUrl(entry), text: entry.specifier })),
      ],
    },
    ...model.entries.flatMap((entry) => {
      const classes = ownOf(entry, model).filter(({ kind }) => kind === 'class');
      const links = classes.map((one) => ({ url: declarationUrl(entry, one), text: one.name }));
      return links.length > 0 ? [{ title: `Classes of ${entry.specifier}`, links }] : [];
    }),
  ];
}

export function apiIndex(model: Model): Page {
  const body = html`
<h1>TypeScript API</h1>
<p class="lead">What the package has beside the names of the headers, by entry point. The functions, structures and
constants of the headers themselves are in the <a href="/reference/index.html">reference</a>.</p>
${table(
  ['import', 'own names', 'what'],
  model.entries.map((entry) => [
    html`<a href="${entryUrl(entry)}"><code>${entry.specifier}</code></a>`,
    ownOf(entry, model).length,
    prose(entry.doc, model.urls),
  ]),
)}
`;
  return {
    url: '/api/index.html',
    title: 'TypeScript API',
    description: 'The entry points of the package',
    section: 'api',
    body,
  };
}

export function apiPages(entry: Entry, model: Model): Page[] {
  const own = ownOf(entry, model);
  const classes = own.filter(({ kind }) => kind === 'class');
  return [entryPage(entry, own, model), ...classes.map((one) => classPage(entry, one, model))];
}

function entryPage(entry: Entry, own: readonly Declaration[], model: Model): Page {
  // The mirror has hundreds of names of its own: by the file they are in, which is by topic.
  const groups = entry.name === 'index' ? bySource(own) : byKind(own);
  const headings: Heading[] = [];
  const parts = groups.map(([title, names]) => {
    const id = title.toLowerCase().replaceAll(' ', '-');
    headings.push({ level: 2, id: `group-${id}`, text: title });
    return html`${heading(2, `group-${id}`, title)}${names.map((one) => summaryOf(entry, one, model))}`;
  });
  const url = entryUrl(entry);
  const body = html`
<p class="crumbs"><a href="/api/index.html">TypeScript API</a></p>
<h1>${entry.specifier}</h1>
<div class="lead">${prose(entry.doc, model.urls)}</div>
${parts}
`;
  return {
    url,
    title: entry.specifier,
    description: entry.doc,
    section: 'api',
    body,
    headings,
  };
}

function byKind(own: readonly Declaration[]): [string, Declaration[]][] {
  return (Object.keys(NOUNS) as Kind[])
    .map((kind): [string, Declaration[]] => [NOUNS[kind], own.filter((one) => one.kind === kind)])
    .filter(([, names]) => names.length > 0);
}

/** Of lib/ffi, the words that programs use every day come first. */
const FIRST = [
  'ffi/types/record',
  'ffi/types/ref',
  'ffi/types/pointer',
  'ffi/types/array',
  'ffi/memory/memory',
  'ffi/errors/errors',
  'ffi/calls/function',
];

const TITLES: Record<string, string> = {
  'ffi/types/record': 'Structures',
  'ffi/types/ref': 'Variables',
  'ffi/types/pointer': 'Pointers',
  'ffi/types/array': 'Arrays',
  'ffi/memory/memory': 'Memory',
  'ffi/errors/errors': 'Errors',
  'ffi/calls/function': 'Functions',
  'ffi/calls/definition': 'Definitions',
  'ffi/types/ctype': 'Types of C',
  'ffi/types/arch': 'Architectures',
  'ffi/types/guid': 'GUIDs',
  'ffi/errors/failure': 'How functions fail',
  'ffi/calls/bound': 'Bounds of parameters',
};

function bySource(own: readonly Declaration[]): [string, Declaration[]][] {
  const groups = new Map<string, Declaration[]>(FIRST.map((source) => [source, []]));
  for (const one of own) groups.set(one.source, [...(groups.get(one.source) ?? []), one]);
  const kinds = Object.keys(NOUNS);
  return [...groups]
    .filter(([, names]) => names.length > 0)
    .map(([source, names]) => [
      TITLES[source] ?? titleOf(source),
      names.sort((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind)),
    ]);
}

function titleOf(source: string): string {
  const words = (source.split('/').at(-1) ?? '')
    .replaceAll('-', ' ')
    .replace(/\b(ipv4|ipv6|rio)\b/g, (word) => word.toUpperCase().replace('V', 'v'));
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function summaryOf(entry: Entry, one: Declaration, model: Model): Html {
  if (one.kind === 'class') {
    return html`<section class="item" id="${one.name}"><h3><a href="${declarationUrl(entry, one)}"><code>${one.name}</code></a></h3>
${prose(one.doc, model.urls)}</section>`;
  }
  const code =
    one.kind === 'interface'
      ? `${one.code} {\n${one.members.map(({ code: text, doc }) => commented(text, doc)).join('\n')}\n}`
      : one.code;
  return html`<section class="item" id="${one.name}"><h3><code>${one.name}</code><a class="anchor" href="#${one.name}" aria-label="Link to ${one.name}">#</a></h3>
${codeBlock(broken(code), 'ts', model.urls)}${prose(one.doc, model.urls)}${parameters(one, model)}</section>`;
}

function commented(code: string, doc: string): string {
  const text = code.replace(/^/gm, '  ');
  if (!doc) return text;
  const lines = doc.split('\n');
  if (lines.length === 1) return `  /** ${doc} */\n${text}`;
  return `  /**\n${lines.map((line) => `   * ${line}`.trimEnd()).join('\n')}\n   */\n${text}`;
}

function throwing(throws: string, model: Model): Part {
  return throws && html`<div class="text">${prose(`Throws ${throws}`, model.urls)}</div>`;
}

function parameters({ params, returns, throws }: Declaration, model: Model): Part {
  return [
    params.length > 0 &&
      table(
        ['parameter', 'what'],
        params.map(({ name, text }) => [html`<code>${name}</code>`, prose(text, model.urls)]),
      ),
    returns && html`<div class="text">${prose(`Returns ${returns}`, model.urls)}</div>`,
    throwing(throws, model),
  ];
}

function classPage(entry: Entry, one: Declaration, model: Model): Page {
  const id = (name: string) => `member-${name.replace(/^\[(.*)\]$/, '$1')}`;
  const shown = new Set<string>();
  const headings: Heading[] = [];
  const members = one.members.map(({ name, code, doc, throws }) => {
    const first = !shown.has(name);
    shown.add(name);
    if (first) headings.push({ level: 2, id: id(name), text: name });
    return html`<section class="item"${first ? html` id="${id(name)}"` : ''}>${
      first &&
      html`<h2><code>${name}</code><a class="anchor" href="#${id(name)}" aria-label="Link to ${name}">#</a></h2>`
    }${codeBlock(broken(code), 'ts', model.urls)}${prose(doc, model.urls)}${throwing(throws, model)}</section>`;
  });
  const events = entry.declarations.find(({ name }) => name === `${one.name}Events`);
  const options = entry.declarations.find(({ name }) => name === `${one.name}Options`);
  const links = [events, options].filter((found) => found !== undefined);
  const body = html`
<p class="crumbs"><a href="/api/index.html">TypeScript API</a> › <a href="${entryUrl(entry)}">${entry.specifier}</a></p>
<h1>${one.name}</h1>
<div class="lead">${prose(one.doc, model.urls)}</div>
${codeBlock(`import { ${one.name} } from '${entry.specifier}';\n\n${one.code}`, 'ts', new Map())}
${
  links.length > 0 &&
  html`<p>See also ${links.map(
    (found, index) =>
      html`${index > 0 ? ', ' : ''}<a href="${declarationUrl(entry, found)}"><code>${found.name}</code></a>`,
  )}.</p>`
}
${members}
`;
  return {
    url: declarationUrl(entry, one),
    title: one.name,
    description: one.doc,
    section: 'api',
    body,
    headings,
  };
}
