// Where every name of the headers and of the documentation went, as npm run coverage says it.

import { headerName } from '../../../lib/cli/data.ts';
import type { Coverage } from '../../generate/coverage.ts';
import { type Html, heading, html, table } from '../html.ts';
import type { Page } from '../layout.ts';

const SECTIONS: Record<string, string> = {
  enums: 'enumerations',
  ioctls: 'codes for WSAIoctl',
  functionLikeMacros: 'function-like macros',
  inlineFunctions: 'inline functions',
  guidsAndInitializers: 'GUIDs and initialisers',
};

export function coveragePage({ headers, documented }: Coverage): Page {
  const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0);
  const leftOut = (one: { leftOut: object }) => Object.keys(one.leftOut).length;
  const body = html`
<p class="crumbs"><a href="/reference/index.html">Reference</a></p>
<h1>Coverage</h1>
<p class="lead">Every name that the headers declare is exported, or left out with a reason.
<code>npm run coverage</code> makes these tables from the headers and from what the package exports.</p>
${heading(2, 'headers', 'Names of the headers')}
${table(
  ['header', 'names', 'bound', 'macros', 'inline', 'left out', 'missing'],
  [
    ...headers.map((one) => [
      html`<a href="/reference/${one.header}/index.html"><code>${headerName(one.header)}</code></a>`,
      one.names,
      one.bound,
      one.macros,
      one.inlines,
      leftOut(one),
      one.missing.length,
    ]),
    [
      'all',
      sum(headers.map(({ names }) => names)),
      sum(headers.map(({ bound }) => bound)),
      sum(headers.map(({ macros }) => macros)),
      sum(headers.map(({ inlines }) => inlines)),
      sum(headers.map(leftOut)),
      sum(headers.map(({ missing }) => missing.length)),
    ],
  ],
)}
${heading(2, 'documented', 'What the documentation lists')}
${table(
  ['what', 'names', 'exported', 'left out', 'missing'],
  documented.map((one) => [
    SECTIONS[one.section] ?? one.section,
    one.names,
    one.exported,
    leftOut(one),
    one.missing.length,
  ]),
)}
${heading(2, 'left-out', 'Left out')}
${reasons([...headers, ...documented].map((one) => one.leftOut))}
`;
  return {
    url: '/reference/coverage.html',
    title: 'Coverage',
    description: 'Where every name of the headers and of the documentation went',
    section: 'reference',
    body,
    headings: [
      { level: 2, id: 'headers', text: 'Names of the headers' },
      { level: 2, id: 'documented', text: 'What the documentation lists' },
      { level: 2, id: 'left-out', text: 'Left out' },
    ],
  };
}

function reasons(lists: readonly Record<string, string>[]): Html {
  const byReason = new Map<string, Set<string>>();
  for (const [name, reason] of lists.flatMap((list) => Object.entries(list))) {
    byReason.set(reason, (byReason.get(reason) ?? new Set()).add(name));
  }
  return table(
    ['because', 'names'],
    [...byReason]
      .sort()
      .map(([reason, names]) => [
        reason,
        [...names].sort().map((name) => html`<code>${name}</code> `),
      ]),
  );
}
