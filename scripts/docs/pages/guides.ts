// The guide: Markdown of docs/ and of the repository's root.

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { projectDir } from '../../host/system/paths.ts';
import { codeBlock } from '../highlight.ts';
import { Html, heading, html } from '../html.ts';
import type { Navigation, Page } from '../layout.ts';
import { type Rendered, renderMarkdown, type Site } from '../markdown.ts';
import type { Model } from '../model.ts';

interface Chapter {
  readonly title: string;
  readonly files: readonly string[];
}

const CHAPTERS: readonly Chapter[] = [
  {
    title: 'Start',
    files: ['docs/getting-started.md', 'docs/porting.md', 'docs/translate.md', 'docs/c-library.md'],
  },
  {
    title: 'The mirror of C',
    files: [
      'docs/errors.md',
      'docs/memory.md',
      'docs/checking.md',
      'docs/native-memory.md',
      'docs/tracing.md',
      'docs/other-apis.md',
    ],
  },
  {
    title: 'Beyond the mirror',
    files: [
      'docs/completion-port.md',
      'docs/node-programs.md',
      'docs/handing-on.md',
      'docs/datagrams.md',
      'docs/families.md',
      'docs/service-providers.md',
      'docs/performance.md',
      'docs/perf.md',
    ],
  },
  {
    title: 'Systems',
    files: [
      'docs/where-it-runs.md',
      'docs/windows.md',
      'docs/facts.md',
      'docs/linux.md',
      'docs/proofs.md',
    ],
  },
  {
    title: 'The project',
    files: [
      'docs/architecture.md',
      'docs/versions.md',
      'CONTRIBUTING.md',
      'CHANGELOG.md',
      'SECURITY.md',
    ],
  },
];

export interface Guide {
  readonly file: string;
  readonly url: string;
  readonly rendered: Rendered;
}

export function guideUrl(file: string): string {
  return `/guide/${path.basename(file, '.md').toLowerCase()}.html`;
}

/** The guide's files that there are: some are written by commands. */
export function guideFiles(): string[] {
  return CHAPTERS.flatMap(({ files }) => files).filter((file) =>
    existsSync(path.join(projectDir, file)),
  );
}

export function readGuides(site: Site): Guide[] {
  return guideFiles().map((file) => ({
    file,
    url: guideUrl(file),
    rendered: renderMarkdown(file, site),
  }));
}

export function guideMenu(guides: readonly Guide[]): Navigation[] {
  return CHAPTERS.map(({ title, files }) => ({
    title,
    links: guides
      .filter(({ file }) => files.includes(file))
      .map(({ url, rendered }) => ({ url, text: rendered.title })),
  }));
}

export function guidePages(guides: readonly Guide[]): Page[] {
  return guides.map(({ url, rendered }, index) => {
    const before = guides[index - 1];
    const next = guides[index + 1];
    return {
      url,
      title: rendered.title,
      description: rendered.summary,
      section: 'guide',
      headings: rendered.headings,
      body: html`${rendered.body}
<nav class="turn" aria-label="Neighbouring pages">
${before && html`<a href="${before.url}"><small>Before</small> ${before.rendered.title}</a>`}
${next && html`<a class="next" href="${next.url}"><small>Next</small> ${next.rendered.title}</a>`}
</nav>`,
    };
  });
}

const CARDS: readonly (readonly [title: string, text: string, url: string])[] = [
  [
    'Getting started',
    'Install it, run a first program, choose a flavour of a call.',
    '/guide/getting-started.html',
  ],
  [
    'Porting C',
    'C on the left, TypeScript on the right, construct by construct.',
    '/guide/porting.html',
  ],
  [
    'Completion port',
    'Sockets over a thread of their own, streams, servers, datagrams.',
    '/guide/completion-port.html',
  ],
  [
    'Reference',
    'Every function, structure and constant, by topic and by header.',
    '/reference/index.html',
  ],
  ['TypeScript API', 'What each entry point has beside the names of C.', '/api/index.html'],
  ['Examples', 'The classic samples, ported line by line.', '/examples/index.html'],
];

/** The first page: what the README begins with, and where to go. */
export function homePage(site: Site, model: Model): Page {
  const readme = renderMarkdown('README.md', site);
  const text = readFileSync(path.join(projectDir, 'README.md'), 'utf8').replaceAll('\r\n', '\n');
  const blocks = [...text.matchAll(/^```(ts|c)\b[^\n]*\n(.*?)^```$/gms)];
  const block = (language: string, what: string) =>
    codeBlock(
      blocks.find(([, one, code]) => one === language && code?.includes(what))?.[2] ?? '',
      language,
      model.urls,
    );
  const lead = /<p>(.*?)<\/p>/s.exec(readme.body.text)?.[1] ?? '';
  const measured = /<span class="figure">.*?<\/span>/s.exec(readme.body.text)?.[0];
  return {
    url: '/index.html',
    title: 'winsock – Windows Sockets 2 for Node.js and Bun',
    description: readme.summary,
    section: undefined,
    body: html`
<section class="hero">
<div>
<h1>Windows Sockets 2<br>for Node.js and Bun</h1>
<p class="lead">${new Html(lead)}</p>
<p class="actions"><a class="button main" href="/guide/getting-started.html">Get started</a> <a class="button" href="/reference/index.html">Reference</a></p>
${codeBlock('npm install winsock', 'console', new Map())}
</div>
${block('ts', "'winsock/io'")}
</section>
<ul class="cards">${CARDS.map(
      ([title, what, url]) =>
        html`<li><a href="${url}"><strong>${title}</strong> <span>${what}</span></a></li>`,
    )}</ul>
${heading(2, 'porting', 'C becomes TypeScript, line by line')}
<div class="pair">
<section><h3 id="c">C</h3>${block('c', 'getsockname')}</section>
<section><h3 id="typescript">TypeScript</h3>${block('ts', 'getsockname')}</section>
</div>
<p>Structures are their bytes, constants and error codes have their names, and every function has its C signature.
<a href="/guide/porting.html">Porting</a> goes through C construct by construct.</p>
${
  measured &&
  html`${heading(2, 'speed', 'Over a completion port')}
<p>A thread of its own waits at the port; reads, writes and accepts are overlapped operations over pooled memory.
<a href="/guide/performance.html">Performance</a> says how this is measured.</p>
${new Html(measured)}`
}
`,
  };
}
