// What the pages do in the browser: light and dark, the list of pages on a phone, the search.

import MiniSearch, { type SearchResult } from 'minisearch';

type Row = readonly [title: string, url: string, kind: string, text: string, weight: number];

const root = document.body.dataset.root ?? '';

function element<T extends Element>(selector: string): T {
  const found = document.querySelector<T>(selector);
  if (!found) throw new Error(`there is no ${selector}`);
  return found;
}

element('.theme-button').addEventListener('click', () => {
  const { dataset } = document.documentElement;
  dataset.theme = dataset.theme === 'dark' ? 'light' : 'dark';
  try {
    localStorage.setItem('theme', dataset.theme);
  } catch {
    // Pages from a disk may have no storage; the choice is for this page then.
  }
});

const menu = element<HTMLElement>('.menu');
const menuButton = element<HTMLButtonElement>('.menu-button');

function openMenu(open: boolean): void {
  document.body.classList.toggle('menu-open', open);
  menuButton.setAttribute('aria-expanded', String(open));
  if (open) menu.scrollTop = 0;
}

menuButton.addEventListener('click', (event) => {
  event.stopPropagation();
  openMenu(!document.body.classList.contains('menu-open'));
});
document.addEventListener('click', (event) => {
  if (!menu.contains(event.target as Node)) openMenu(false);
});

// The page that is shown is within sight in the list of pages.
const current = menu.querySelector<HTMLElement>('[aria-current]');
if (current && current.offsetTop > menu.clientHeight - 80) {
  menu.scrollTop = current.offsetTop - menu.clientHeight / 2;
}

// The heading that was passed last is marked in the list of headings.
const contents = new Map(
  [...document.querySelectorAll<HTMLAnchorElement>('.contents a')].map((link) => [
    decodeURIComponent(link.hash.slice(1)),
    link,
  ]),
);
const headings = [...contents.keys()].flatMap((id) => document.getElementById(id) ?? []);

function markHeading(): void {
  const passed = headings.filter((one) => one.getBoundingClientRect().top < 120).at(-1);
  for (const [id, link] of contents) link.classList.toggle('here', id === passed?.id);
}

if (headings.length > 0) {
  markHeading();
  document.addEventListener('scroll', markHeading, { passive: true });
}

// What scrolls by itself can be reached by the keyboard, to be scrolled with it.
for (const one of document.querySelectorAll<HTMLElement>('.table, .figure')) {
  if (one.scrollWidth > one.clientWidth) one.tabIndex = 0;
}

if (navigator.clipboard) {
  for (const block of document.querySelectorAll('.block')) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'copy';
    button.textContent = 'Copy';
    button.addEventListener('click', async () => {
      await navigator.clipboard.writeText(block.querySelector('code')?.textContent ?? '');
      button.textContent = 'Copied';
      setTimeout(() => {
        button.textContent = 'Copy';
      }, 1500);
    });
    block.append(button);
  }
}

const dialog = element<HTMLDialogElement>('dialog.search');
const input = element<HTMLInputElement>('dialog.search input');
const results = element<HTMLOListElement>('dialog.search .results');
const status = element<HTMLParagraphElement>('dialog.search .status');

let index: Promise<MiniSearch> | undefined;

/** Names count as a whole and by their parts: WSARecvFrom is found by recv and by from. */
function tokenize(text: string): string[] {
  const words = text.match(/[\p{L}\p{N}_]+/gu) ?? [];
  return words.flatMap((word) => {
    const parts = word.split(/_|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/).filter(Boolean);
    return parts.length > 1 ? [word, ...parts] : [word];
  });
}

/** The rows come as a script, because pages from a disk may not fetch. */
function load(): Promise<MiniSearch> {
  index ??= new Promise((resolve, reject) => {
    const receive = (rows: readonly Row[]) => {
      const search = new MiniSearch({
        fields: ['title', 'kind', 'text'],
        storeFields: ['title', 'url', 'kind', 'text', 'weight'],
        tokenize,
      });
      search.addAll(
        rows.map(([title, url, kind, text, weight], id) => ({
          id,
          title,
          url,
          kind,
          text,
          weight,
        })),
      );
      resolve(search);
    };
    Object.assign(window, { searchRows: receive });
    const script = document.createElement('script');
    script.src = `${root}assets/search.js`;
    script.addEventListener('error', reject);
    document.head.append(script);
  });
  return index;
}

/** Words of a question, which say nothing of what is looked for. */
const FILLING = /^(an?|can|do|does|how|i|in|is|of|on|the|to|what|when|where|which|why)$/i;

function telling(query: string): string[] {
  const words = query.match(/[\p{L}\p{N}_]+/gu) ?? [];
  const found = words.filter((word) => !FILLING.test(word));
  return found.length > 0 ? found : words;
}

function search(all: MiniSearch, text: string): SearchResult[] {
  const wanted = text.trim().toLowerCase();
  // Questions are answered by the guide, names by the reference.
  const question = telling(text).length < (text.match(/[\p{L}\p{N}_]+/gu) ?? []).length;
  return all.search(text, {
    prefix: true,
    combineWith: 'AND',
    fuzzy: (term) => (term.length > 4 && !/^\d+$/.test(term) ? 0.15 : false),
    tokenize: telling,
    boost: { title: 6, kind: 1.5 },
    boostDocument: (_id, _term, row) => {
      const title = String(row?.title).toLowerCase();
      // The text of an error code begins with its number.
      const isIt = title === wanted || String(row?.text).startsWith(`${wanted}: `);
      const answers = question && /^guide/.test(String(row?.kind)) ? 8 : 1;
      const same = isIt ? 20 : title.startsWith(wanted) ? 2 : 1;
      return answers * same * (1 + Number(row?.weight) / 4);
    },
  });
}

const SHOWN = 40;
let asked = 0;

async function show(): Promise<void> {
  const turn = ++asked;
  const text = input.value;
  if (!text.trim()) {
    results.replaceChildren();
    status.textContent = '';
    return;
  }
  const found = search(await load(), text);
  if (turn !== asked) return;
  status.textContent =
    found.length === 0
      ? `Nothing has “${text.trim()}”.`
      : `${found.length} found${found.length > SHOWN ? `, the first ${SHOWN}` : ''}`;
  results.replaceChildren(...found.slice(0, SHOWN).map(resultOf));
}

function resultOf(row: SearchResult): HTMLElement {
  const item = document.createElement('li');
  const link = document.createElement('a');
  link.href = root + row.url;
  for (const [tag, field] of [
    ['strong', 'title'],
    ['small', 'kind'],
    ['span', 'text'],
  ] as const) {
    const part = document.createElement(tag);
    part.append(...marked(String(row[field]).slice(0, 140), field === 'kind' ? [] : row.terms));
    link.append(part);
  }
  item.append(link);
  return item;
}

/** A text with what was found in it marked. */
function marked(text: string, terms: readonly string[]): (string | HTMLElement)[] {
  const words = terms.map((term) => term.replace(/[^\p{L}\p{N}_]/gu, '')).filter(Boolean);
  if (words.length === 0) return [text];
  words.sort((a, b) => b.length - a.length);
  return text.split(new RegExp(`(${words.join('|')})`, 'i')).map((piece, index) => {
    if (index % 2 === 0) return piece;
    const mark = document.createElement('mark');
    mark.textContent = piece;
    return mark;
  });
}

function open(): void {
  openMenu(false);
  dialog.showModal();
  input.select();
  void load();
}

element('.search-button').addEventListener('click', open);
input.addEventListener('input', () => void show());
results.addEventListener('click', () => dialog.close());
dialog.addEventListener('click', (event) => {
  if (event.target === dialog) dialog.close();
});

/** Enter opens the first result; arrows walk through all. */
dialog.addEventListener('keydown', (event) => {
  const links = [...results.querySelectorAll('a')];
  const at = links.indexOf(document.activeElement as HTMLAnchorElement);
  if (event.key === 'Enter' && at < 0) {
    event.preventDefault();
    links[0]?.click();
  } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
    event.preventDefault();
    const next = links[at + (event.key === 'ArrowDown' ? 1 : -1)];
    (next ?? input).focus();
  }
});

document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && document.body.classList.contains('menu-open')) {
    openMenu(false);
    menuButton.focus();
  }
  const writing = event.target instanceof HTMLInputElement;
  const wanted = event.key === '/' || (event.key === 'k' && (event.ctrlKey || event.metaKey));
  if (writing || !wanted || dialog.open) return;
  event.preventDefault();
  open();
});
