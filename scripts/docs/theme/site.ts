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

const menuButton = element<HTMLButtonElement>('.menu-button');
menuButton.addEventListener('click', () => {
  const open = document.body.classList.toggle('menu-open');
  element('.menu').scrollTop = 0;
  menuButton.setAttribute('aria-expanded', String(open));
});
document.querySelector('.menu [aria-current]')?.scrollIntoView({ block: 'center' });
scrollTo(0, location.hash ? scrollY : 0);

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

function search(all: MiniSearch, text: string): SearchResult[] {
  const wanted = text.trim().toLowerCase();
  return all.search(text, {
    prefix: true,
    combineWith: 'AND',
    fuzzy: (term) => (term.length > 4 ? 0.15 : false),
    tokenize: (query) => query.match(/[\p{L}\p{N}_]+/gu) ?? [],
    boost: { title: 6, kind: 1.5 },
    boostDocument: (_id, _term, row) => {
      const title = String(row?.title).toLowerCase();
      const same = title === wanted ? 20 : title.startsWith(wanted) ? 2 : 1;
      return same * (1 + Number(row?.weight) / 4);
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
    part.textContent = String(row[field]).slice(0, 140);
    link.append(part);
  }
  item.append(link);
  return item;
}

function open(): void {
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
  const writing = event.target instanceof HTMLInputElement;
  const wanted = event.key === '/' || (event.key === 'k' && (event.ctrlKey || event.metaKey));
  if (writing || !wanted || dialog.open) return;
  event.preventDefault();
  open();
});
