// Markdown pages: headings that can be linked, code in colours, names of the API as links, and links
// between files of the repository made links between pages of the site.

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import MarkdownIt from 'markdown-it';
import { projectDir } from '../host/system/paths.ts';
import { codeBlock, type Urls } from './highlight.ts';
import { escaped, Html } from './html.ts';

export interface Heading {
  readonly level: number;
  readonly id: string;
  readonly text: string;
}

export interface Rendered {
  readonly title: string;
  /** The first paragraph, for search results. */
  readonly summary: string;
  readonly body: Html;
  readonly headings: readonly Heading[];
  /** The text under each heading, for the search. */
  readonly sections: readonly { id: string; title: string; text: string }[];
}

export interface Site {
  readonly urls: Urls;
  /** The page that a file of the repository has on the site. */
  readonly pageOf: (file: string) => string | undefined;
}

/** As GitHub makes them, so that the same links work there. */
export function slug(text: string): string {
  return text
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');
}

export function renderMarkdown(file: string, site: Site): Rendered {
  const text = readFileSync(path.join(projectDir, file), 'utf8').replaceAll('\r\n', '\n');
  const markdown = new MarkdownIt({ html: true, typographer: false });
  const tokens = markdown.parse(text, {});
  const headings: Heading[] = [];
  const sections: { id: string; title: string; text: string }[] = [];
  let summary = '';
  for (const [index, token] of tokens.entries()) {
    const inline = tokens[index + 1];
    if (token.type === 'heading_open') {
      const title = plain(inline);
      const same = headings.filter(({ id }) => id.replace(/-\d+$/, '') === slug(title)).length;
      const id = same ? `${slug(title)}-${same}` : slug(title);
      token.attrSet('id', id);
      headings.push({ level: Number(token.tag.slice(1)), id, text: title });
      sections.push({ id, title, text: '' });
    } else if (token.type === 'inline' && tokens[index - 1]?.type !== 'heading_open') {
      summary ||= plain(token);
      const section = sections.at(-1);
      if (section) section.text += ` ${plain(token)}`;
    }
  }

  const { rules } = markdown.renderer;
  rules.heading_close = (all, index) => {
    const id = all[index - 2]?.attrGet('id') ?? '';
    const anchor =
      all[index]?.tag === 'h1'
        ? ''
        : `<a class="anchor" href="#${id}" aria-label="Link to this section">#</a>`;
    return `${anchor}</${all[index]?.tag}>\n`;
  };
  rules.fence = (all, index) => {
    const { info = '', content = '' } = all[index] ?? {};
    return codeBlock(content, info.trim().split(/\s+/)[0] ?? '', site.urls).text;
  };
  rules.table_open = () => '<div class="table"><table>\n';
  rules.table_close = () => '</table></div>\n';
  rules.code_inline = (all, index) => {
    const { content = '' } = all[index] ?? {};
    const open = all.slice(0, index).filter(({ type }) => type === 'link_open').length;
    const closed = all.slice(0, index).filter(({ type }) => type === 'link_close').length;
    const url = open > closed ? undefined : site.urls.get(content.replace(/\(\)$/, ''));
    const code = `<code>${escaped(content)}</code>`;
    return url ? `<a href="${url}">${code}</a>` : code;
  };
  rules.link_open = (all, index, options, _env, self) => {
    const token = all[index];
    const to = String(token?.attrGet('href') ?? '');
    token?.attrSet('href', target(file, to, site));
    return self.renderToken(all, index, options);
  };
  rules.image = (all, index) => {
    const token = all[index];
    return picture(file, String(token?.attrGet('src') ?? ''), token?.content ?? '');
  };

  const body = markdown.renderer.render(tokens, markdown.options, {});
  const title = headings[0]?.text ?? file;
  return { title, summary, body: new Html(body), headings, sections };
}

function plain(
  token: { readonly children?: readonly { content: string; type: string }[] | null } | undefined,
): string {
  const texts = (token?.children ?? []).map(({ type, content }) =>
    /break/.test(type) ? ' ' : type === 'html_inline' ? '' : content,
  );
  return texts.join('');
}

function target(from: string, to: string, { pageOf }: Site): string {
  if (/^[a-z]+:|^#/.test(to)) return to;
  const [file = '', fragment] = to.split('#');
  const wanted = path.posix.join(path.posix.dirname(from), file).replace(/\/$/, '');
  const page = pageOf(wanted);
  if (!page) throw new Error(`${from}: the site has no page for ${to}`);
  return fragment ? `${page}#${fragment}` : page;
}

/** Drawings of our own go into the page, where they take its colours; others are copied beside it. */
function picture(from: string, source: string, text: string): string {
  const file = path.join(projectDir, path.dirname(from), source);
  if (!existsSync(file)) throw new Error(`${from}: there is no picture ${source}`);
  const drawing = readFileSync(file, 'utf8');
  const shown = drawing.includes('data-theme')
    ? drawing.replace(/<\?xml.*?\?>\s*/s, '')
    : `<img src="/assets/${path.basename(source)}" alt="${escaped(text)}">`;
  return `<span class="figure">${shown}</span>`;
}
