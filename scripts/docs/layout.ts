// The frame of every page: the bar on top, the list of pages at the left, the headings at the right.

import { Html, html, type Part } from './html.ts';
import type { Heading } from './markdown.ts';

export interface Page {
  /** From the root of the site: /guide/errors.html. */
  readonly url: string;
  readonly title: string;
  readonly description?: string;
  readonly section: Section | undefined;
  /** The pages that the list of pages shows in its place: those that list it. */
  readonly parents?: readonly string[];
  readonly body: Html;
  readonly headings?: readonly Heading[];
}

export type Section = 'guide' | 'reference' | 'api' | 'examples';

export interface Navigation {
  readonly title: string;
  readonly links: readonly {
    readonly url: string;
    readonly text: string;
    readonly note?: string;
  }[];
}

export type Menus = Readonly<Record<Section, readonly Navigation[]>>;

const SECTIONS: readonly (readonly [Section, string, string])[] = [
  ['guide', 'Guide', '/guide/getting-started.html'],
  ['reference', 'Reference', '/reference/index.html'],
  ['api', 'TypeScript API', '/api/index.html'],
  ['examples', 'Examples', '/examples/index.html'],
];

const SUN = new Html(
  '<svg viewBox="0 0 24 24" width="18" height="18" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" aria-hidden="true"><circle cx="12" cy="12" r="4.5"/><path d="M12 2v2M12 20v2M2 12h2M20 12h2M4.9 4.9l1.4 1.4M17.7 17.7l1.4 1.4M4.9 19.1l1.4-1.4M17.7 6.3l1.4-1.4"/></svg>',
);
const LENS = new Html(
  '<svg viewBox="0 0 24 24" width="16" height="16" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" aria-hidden="true"><circle cx="10.5" cy="10.5" r="6.5"/><path d="m15.5 15.5 5 5"/></svg>',
);
const BARS = new Html(
  '<svg viewBox="0 0 24 24" width="20" height="20" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" aria-hidden="true"><path d="M4 7h16M4 12h16M4 17h16"/></svg>',
);

/** What is said of the package on every page. */
export interface Imprint {
  readonly version: string;
  /** Of what the reference is made. */
  readonly source: string;
}

export function renderPage(page: Page, menus: Menus, { version, source }: Imprint): string {
  const { section, title, description, headings = [] } = page;
  const menu = section ? menus[section] : [];
  const contents = headings.filter(({ level }) => level === 2 || level === 3);
  const text = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${page.url === '/index.html' ? title : `${title} – winsock`}</title>
${description && html`<meta name="description" content="${description}">`}
<link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/assets/style.css">
<script>document.documentElement.dataset.theme=(()=>{try{return localStorage.getItem('theme')}catch{}})()??(matchMedia('(prefers-color-scheme: dark)').matches?'dark':'light')</script>
</head>
<body data-root="/" class="${menu.length > 0 ? 'with-menu' : 'plain'}">
<a class="skip" href="#content">Skip to the text</a>
<header class="bar">
<button class="icon menu-button" type="button" aria-label="Pages" aria-expanded="false" aria-controls="menu">${BARS}</button>
<a class="brand" href="/index.html">winsock <small>${version}</small></a>
<nav class="sections" aria-label="Sections">${SECTIONS.map(
    ([id, name, url]) =>
      html`<a href="${url}"${id === section ? html` aria-current="true"` : ''}>${name}</a>`,
  )}</nav>
<button class="search-button" type="button" aria-label="Search">${LENS}<span>Search</span><kbd>/</kbd></button>
<button class="icon theme-button" type="button" aria-label="Light or dark">${SUN}</button>
</header>
<div class="frame">
<nav class="menu" id="menu" aria-label="Pages">
<div class="menu-sections">${SECTIONS.map(([, name, url]) => html`<a href="${url}">${name}</a>`)}</div>
${menu.map((group) => navigation(group, page))}
</nav>
<main id="content" tabindex="-1">${page.body}
<footer class="foot">winsock ${version}, MIT. Names, layouts and constants from ${source}; the API is documented at <a href="https://learn.microsoft.com/windows/win32/winsock/windows-sockets-start-page-2" rel="external">learn.microsoft.com</a>.</footer></main>
${contents.length > 1 && contentsOf(contents)}
</div>
<dialog class="search" aria-label="Search">
<form method="dialog"><input type="search" placeholder="Function, structure, constant, words …" aria-label="Search" autocomplete="off" spellcheck="false"><button type="submit">Close</button></form>
<p class="status" role="status"></p>
<ol class="results"></ol>
<p class="keys"><kbd>↑</kbd> <kbd>↓</kbd> to choose, <kbd>Enter</kbd> to open, <kbd>Esc</kbd> to close</p>
</dialog>
<script src="/assets/site.js" defer></script>
</body>
</html>
`;
  return relative(text.text, page.url);
}

function navigation({ title, links }: Navigation, { url, parents = [] }: Page): Part {
  const current = (link: string) =>
    link === url
      ? html` aria-current="page"`
      : parents.includes(link) && html` aria-current="true"`;
  return html`<h2>${title}</h2><ul>${links.map(
    (link) =>
      html`<li><a href="${link.url}"${current(link.url)}>${link.text}${
        link.note && html` <span>${link.note}</span>`
      }</a></li>`,
  )}</ul>
`;
}

function contentsOf(headings: readonly Heading[]): Part {
  return html`<nav class="contents" aria-label="On this page"><h2>On this page</h2><ul>${headings.map(
    ({ level, id, text }) => html`<li class="level-${level}"><a href="#${id}">${text}</a></li>`,
  )}</ul></nav>`;
}

/** Addresses from the root made relative, so that the site works in any folder, and from a disk. */
function relative(text: string, url: string): string {
  const root = '../'.repeat(url.split('/').length - 2) || './';
  return text.replace(/ (href|src|data-root)="\/(?!\/)/g, ` $1="${root}`);
}
