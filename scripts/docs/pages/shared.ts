import MarkdownIt from 'markdown-it';
import type { Urls } from '../highlight.ts';
import { escaped, Html, html } from '../html.ts';

/** Text of doc comments. */
export function prose(text: string, urls: Urls): Html {
  const markdown = new MarkdownIt({ linkify: true });
  markdown.renderer.rules.code_inline = (tokens, index) => {
    const { content = '' } = tokens[index] ?? {};
    const url = urls.get(content.replace(/\(\)$/, ''));
    const code = `<code>${escaped(content)}</code>`;
    return url ? `<a href="${url}">${code}</a>` : code;
  };
  return new Html(markdown.render(text));
}

export function reference({ name, url }: { readonly name: string; readonly url: string }): Html {
  return html`<a href="${url}"><code>${name}</code></a> `;
}
