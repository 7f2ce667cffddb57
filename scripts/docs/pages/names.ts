// A page for each function, structure, callback and enumeration of the headers.

import type { LayoutData } from '../../../lib/cli/layouts.ts';
import {
  broken,
  failureText,
  KINDS,
  parameterText,
  signature,
} from '../../../lib/cli/signature.ts';
import { ARCHITECTURES } from '../../../lib/ffi/arch.ts';

import { codeBlock } from '../highlight.ts';
import { type Html, html, type Part, table } from '../html.ts';
import type { Page } from '../layout.ts';
import { isFunction, isRecord, type Model, type Name } from '../model.ts';
import { prose, reference } from './shared.ts';

/** What other pages know of a name: the examples that use it, the functions that take it. */
export interface Uses {
  readonly examples: (name: string) => readonly { url: string; text: string }[];
  readonly takers: (name: string) => readonly Name[];
}

export function namePage(name: Name, model: Model, uses: Uses): Page {
  const body = html`
${crumbs(name, model)}
<h1>${name.name}</h1>
${name.summary ? html`<p class="lead">${name.summary}</p>` : ''}
${facts(name)}
${isRecord(name) ? record(name, model) : name.kind === 'enum' ? enumeration(name) : called(name, model)}
${useOf(name, model, uses)}
`;
  const header = model.headers.find((one) => one.name === name.header);
  return {
    url: name.url,
    title: name.name,
    description: name.summary ?? `${kindOf(name)} of ${header?.title}`,
    section: 'reference',
    parent: `/reference/${name.header}/index.html`,
    body,
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

function facts(name: Name): Html {
  const { kind, dll = '', failure, minimum, from, doc, archs } = name;
  const byPointer = kindOf(name) === 'extension function';
  const rows: (readonly [string, Part])[] = [
    ['Kind', kindOf(name)],
    [
      'DLL',
      byPointer
        ? 'the provider’s own, fetched by WSAIoctl at the first call'
        : isFunction(name) && (dll ? `${dll}.dll` : 'none: it is TypeScript'),
    ],
    ['Fails', failure && failureText(failure, dll)],
    ['Since', minimum],
    ['Only on', archs?.join(', ')],
    ['Import', html`<code>import { ${name.name} } from '${from}';</code>`],
    [
      'Official documentation',
      doc && html`<a href="${doc}" rel="external">${doc.replace('https://', '')}</a>`,
    ],
  ];
  const shown = rows.filter(
    ([label, value]) => value && (label !== 'Fails' || kind !== 'callback'),
  );
  return html`<dl class="facts">${shown.map(([label, value]) => html`<dt>${label}</dt><dd>${value}</dd>`)}</dl>`;
}

function called(name: Name, model: Model): Html {
  const { declared, kind } = name;
  const parameters = (name.params ?? []).filter((one) => typeof one === 'object');
  const c = kind === 'macro' || kind === 'inline' ? undefined : signature(name);
  const ts = (name.typescript && broken(name.typescript)) ?? declared?.code;
  const notes = new Map(declared?.params.map((one) => [one.name, one.text]));
  return html`
${c && html`<h2 id="c">C</h2>${codeBlock(c, 'c', model.urls)}`}
${ts && html`<h2 id="typescript">TypeScript</h2>${codeBlock(ts, 'ts', model.urls)}`}
${declared?.doc && html`<div class="text">${prose(withoutSummary(declared.doc, name.summary), model.urls)}</div>`}
${
  parameters.length > 0
    ? html`<h2 id="parameters">Parameters</h2>${table(
        ['name', 'type', 'memory'],
        parameters.map((one) => [
          html`<code>${one.name}</code>`,
          html`<code>${linkedType(one.type, model)}</code>`,
          [parameterText(one), notes.get(one.name)].filter(Boolean).join('; '),
        ]),
      )}`
    : notes.size > 0 &&
      html`<h2 id="parameters">Parameters</h2>${table(
        ['name', ''],
        [...notes].map(([one, text]) => [html`<code>${one}</code>`, text]),
      )}`
}
${declared?.returns && prose(`Returns ${declared.returns}`, model.urls)}
${kind === 'function' && html`<h2 id="flavours">Three ways to call it</h2>${flavours(name)}`}
`;
}

function withoutSummary(doc: string, summary: string | undefined): string {
  return summary && doc.startsWith(summary) ? doc.slice(summary.length).trim() : doc;
}

function flavours({ name, failure }: Name): Html {
  const fails = failure !== 'NeverFails';
  return table(
    ['call', 'what it does'],
    [
      [html`<code>${name}(…)</code>`, 'as in C: the result says whether it failed'],
      [
        html`<code>${name}.orThrow(…)</code>`,
        fails
          ? html`failure is thrown as <a href="/guide/errors.html">WinsockError</a>`
          : 'the same: it does not fail',
      ],
      [
        html`<code>await ${name}.async(…)</code>`,
        fails ? 'on another thread; failure rejects' : 'on another thread',
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

function record(name: Name, model: Model): Html {
  const layouts = model.layouts(name.name);
  const { aliases } = name;
  const same = layouts && JSON.stringify(layouts.x64) === JSON.stringify(layouts.arm64);
  const archs = ARCHITECTURES.filter((arch) => !(same && arch === 'arm64'));
  const title = (arch: string) => (same && arch === 'x64' ? 'x64, arm64' : arch);
  return html`
<h2 id="fields">Fields</h2>
${
  layouts
    ? html`<p>${archs.map(
        (arch, index) =>
          html`${index > 0 ? '; ' : ''}<strong>${title(arch)}</strong>: ${layouts[arch].size} bytes, aligned to ${layouts[arch].align}`,
      )}.</p>${fieldTable(
        layouts.x64,
        archs.map((arch) => [title(arch), layouts[arch]]),
        model,
      )}`
    : html`<p>Its layout is not published.</p>`
}
${
  aliases &&
  html`<h2 id="aliases">Other names of fields</h2>${table(
    ['name', 'is'],
    Object.entries(aliases).map(([one, to]) => [
      html`<code>${one}</code>`,
      html`<code>${to}</code>`,
    ]),
  )}`
}
`;
}

function fieldTable(
  all: LayoutData,
  layouts: readonly (readonly [string, LayoutData])[],
  model: Model,
): Html {
  return table(
    ['field', 'type', ...layouts.map(([arch]) => html`at <small>${arch}</small>`), 'size'],
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
    ]),
  );
}

function enumeration({ members = {} }: Name): Html {
  return html`<h2 id="members">Members</h2>${table(
    ['name', 'value'],
    Object.entries(members).map(([one, value]) => [html`<code id="${one}">${one}</code>`, value]),
  )}`;
}

function useOf(name: Name, model: Model, uses: Uses): Html {
  const examples = uses.examples(name.name);
  const takers = uses.takers(name.name);
  const related = name.topic
    ? model.headers
        .flatMap(({ names }) => names)
        .filter((one) => one.topic === name.topic && one.name !== name.name)
    : [];
  return html`
${takers.length > 0 && html`<h2 id="used-by">Used by</h2><p class="names">${takers.map(reference)}</p>`}
${
  examples.length > 0 &&
  html`<h2 id="examples">In the examples</h2><p class="names">${examples.map(
    ({ url, text }) => html`<a href="${url}">${text}</a> `,
  )}</p>`
}
${
  related.length > 0 &&
  html`<h2 id="related">${name.topic?.title}</h2><p class="names">${related.map(reference)}</p>`
}
`;
}
