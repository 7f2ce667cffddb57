// Code in colours, with the names of the API as links to their pages.

import hljs from 'highlight.js/lib/core';
import c from 'highlight.js/lib/languages/c';
import json from 'highlight.js/lib/languages/json';
import shell from 'highlight.js/lib/languages/shell';
import typescript from 'highlight.js/lib/languages/typescript';
import { escaped, Html, unescaped } from './html.ts';

hljs.registerLanguage('ts', typescript);
hljs.registerLanguage('c', c);
hljs.registerLanguage('json', json);
hljs.registerLanguage('console', shell);

export type Urls = ReadonlyMap<string, string>;

/** Names that programs use for things of their own as well. */
const ORDINARY = new Set(['Data', 'count', 'bytes', 'int', 'char', 'short', 'long', 'resolve']);

export function highlight(code: string, language: string, urls: Urls): Html {
  if (!hljs.getLanguage(language)) return new Html(escaped(code));
  // It takes IPV6 of IPV6_UNICAST_HOPS for a class.
  const value = hljs
    .highlight(code, { language })
    .value.replace(/<span class="hljs-title class_">(\w+)<\/span>(?=\w)/g, '$1');
  return new Html(language === 'ts' || language === 'c' ? linkNames(value, code, urls) : value);
}

/** A block of code, that scrolls by itself where it is too wide. */
export function codeBlock(code: string, language: string, urls: Urls): Html {
  const shown = highlight(code.replace(/\n$/, ''), language, urls);
  return new Html(
    `<div class="block"><pre class="code" data-language="${escaped(language)}" tabindex="0"><code>${shown}</code></pre></div>\n`,
  );
}

function linkNames(colored: string, code: string, urls: Urls): string {
  const own = new Set(
    [...code.matchAll(/\b(?:const|let|function|class|interface)\s+(\w+)/g)].map(([, name]) => name),
  );
  const inside: string[] = [];
  let before = '';
  const tokens = colored.split(/(<[^>]*>)/);
  return tokens
    .map((token, index) => {
      if (token.startsWith('</')) inside.pop();
      else if (token.startsWith('<')) inside.push(token);
      if (token.startsWith('<') || token === '') return token;
      const text = unescaped(token);
      const previous = before;
      before = text;
      if (/string|comment|regexp/.test(inside.at(-1) ?? '')) return token;
      const after = unescaped(tokens.slice(index + 1).find((one) => !/^(<|$)/.test(one)) ?? '');
      return token.replace(/[A-Za-z_]\w*/g, (name: string, at: number) => {
        const left = (previous.slice(-1) + token.slice(0, at)).slice(-1);
        const right = token.slice(at + name.length) + after;
        return own.has(name) ? name : (linked(name, left, right, urls) ?? name);
      });
    })
    .join('');
}

function linked(name: string, left: string, right: string, urls: Urls): string | undefined {
  const url = urls.get(name);
  if (!url || ORDINARY.has(name) || /[.\w&]/.test(left)) return undefined;
  // A word that is also one of a program's own counts only where it is called, or imported.
  const plain = !/[A-Z_0-9]/.test(name);
  if (plain && !/^\s*[(,}]|^\.(orThrow|async)/.test(right)) return undefined;
  if (/^\??:(?!:)/.test(right)) return undefined;
  return `<a href="${url}">${name}</a>`;
}
