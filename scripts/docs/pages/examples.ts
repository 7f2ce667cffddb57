// The source of every example, with the names of the API as links.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { projectDir } from '../../host/system/paths.ts';
import { codeBlock } from '../highlight.ts';
import { html, stack } from '../html.ts';
import type { Navigation, Page } from '../layout.ts';
import type { Model } from '../model.ts';
import { prose } from './shared.ts';

export interface Example {
  /** Below the repository: examples/iocp/server.ts. */
  readonly file: string;
  readonly url: string;
  /** Without the folder that all are in: iocp/server.ts. */
  readonly title: string;
  readonly code: string;
  /** Its doc comment. */
  readonly text: string;
}

export function readExamples(): Example[] {
  return readdirSync(path.join(projectDir, 'examples'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => name.split(path.sep).join('/'))
    .sort()
    .map((title) => {
      const code = readFileSync(path.join(projectDir, 'examples', title), 'utf8');
      const comment = /^(?:#!.*\n)?\s*(?:\/\*\*(.*?)\*\/|((?:\/\/.*\n)+))/s.exec(code);
      const text = (comment?.[1] ?? comment?.[2] ?? '')
        .replaceAll('\r', '')
        .replace(/^\s*(\*|\/\/) ?/gm, '')
        .trim();
      const url = `/examples/${title.replace(/\.ts$/, '.html')}`;
      return { file: `examples/${title}`, url, title, code, text };
    });
}

export function examplesMenu(examples: readonly Example[]): Navigation[] {
  const folders = new Map<string, Example[]>();
  for (const one of examples) {
    const folder = one.title.includes('/') ? one.title.replace(/\/.*/, '') : 'Examples';
    folders.set(folder, [...(folders.get(folder) ?? []), one]);
  }
  const top = folders.get('Examples') ?? [];
  folders.delete('Examples');
  return [
    {
      title: 'Examples',
      links: [
        { url: '/examples/index.html', text: 'Overview' },
        ...top.map(({ url, title }) => ({ url, text: title })),
      ],
    },
    ...[...folders].map(([folder, all]) => ({
      title: folder,
      links: all.map(({ url, title }) => ({ url, text: title.replace(/.*\//, '') })),
    })),
  ];
}

export function examplePages(examples: readonly Example[], model: Model): Page[] {
  const index: Page = {
    url: '/examples/index.html',
    title: 'Examples',
    description: 'Complete programs, and the classic samples',
    section: 'examples',
    body: html`
<h1>Examples</h1>
<p class="lead">Complete programs: ports of the classic samples that read line by line as their originals, and a tour.
<a href="/guide/porting.html#the-ports">Porting</a> names the originals.</p>
${codeBlock('npm start -- examples/getting-started/server.ts --help', 'console', new Map())}
${stack(
  ['program', 'what it does'],
  examples.map(({ url, title, text }) => [
    html`<a href="${url}"><code>${title}</code></a>`,
    prose(text.split(/\n\s*\n/)[0] ?? '', new Map()),
  ]),
)}
`,
  };
  return [index, ...examples.map((one) => examplePage(one, model))];
}

function examplePage({ url, title, code, text, file }: Example, model: Model): Page {
  return {
    url,
    title,
    description: text.split('\n')[0] ?? '',
    section: 'examples',
    body: html`
<p class="crumbs"><a href="/examples/index.html">Examples</a></p>
<h1>${title}</h1>
${codeBlock(`npm start -- ${file}${title.startsWith('shared/') ? '' : ' --help'}`, 'console', new Map())}
${codeBlock(code, 'ts', model.urls)}
`,
  };
}
